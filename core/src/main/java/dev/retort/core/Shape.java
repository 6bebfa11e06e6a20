package dev.retort.core;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A tensor's extents, how they are checked and how they are printed: {@code (2, 128, 768)}. */
public final class Shape {

    /** In {@link #require}: this axis may have any extent. */
    public static final long ANY = -1;

    private Shape() {}

    /**
     * Checks a tensor's shape at a public entry point.
     *
     * @param name the argument's name, first in the message
     * @param tensor the tensor
     * @param expected an extent an axis, or {@link #ANY}
     * @return the tensor
     * @throws IllegalArgumentException if rank or an extent differs, with both shapes
     */
    public static INDArray require(String name, INDArray tensor, long... expected) {
        long[] actual = tensor.shape();
        boolean matches = actual.length == expected.length;
        for (int axis = 0; matches && axis < expected.length; axis++) {
            matches = expected[axis] == ANY || expected[axis] == actual[axis];
        }
        if (!matches) {
            throw new IllegalArgumentException(name + ": expected " + toString(expected) + ", got " + toString(actual));
        }
        return tensor;
    }

    /**
     * Checks that two shapes broadcast as in NumPy: aligned at the last axis, each pair of extents is equal or has a one.
     *
     * @param operation the operation's name, first in the message
     * @throws IllegalArgumentException if they do not, with both shapes
     */
    public static void requireBroadcastable(String operation, INDArray a, INDArray b) {
        for (int axis = 1; axis <= Math.min(a.rank(), b.rank()); axis++) {
            long extentOfA = a.size(a.rank() - axis);
            long extentOfB = b.size(b.rank() - axis);
            if (extentOfA != extentOfB && extentOfA != 1 && extentOfB != 1) {
                throw new IllegalArgumentException(
                        operation + ": shapes do not broadcast: a " + toString(a) + ", b " + toString(b));
            }
        }
    }

    /** The number of elements, 1 for a scalar. */
    public static long elementCount(long... shape) {
        long count = 1;
        for (long extent : shape) {
            count = Math.multiplyExact(count, extent);
        }
        return count;
    }

    /** {@code (2, 3)}; an {@link #ANY} extent prints as {@code *}. */
    public static String toString(long... shape) {
        return Arrays.stream(shape)
                .mapToObj(extent -> extent == ANY ? "*" : Long.toString(extent))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    /** {@code (2, 3)}. */
    public static String toString(INDArray tensor) {
        return toString(tensor.shape());
    }
}
