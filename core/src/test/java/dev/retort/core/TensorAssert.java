package dev.retort.core;

import java.util.Arrays;
import org.assertj.core.api.AbstractAssert;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Assertions on tensors. Elements are compared by their place, whatever the memory layout, and a failure names both shapes and the first
 * place that differs. NaN is close to nothing.
 */
public final class TensorAssert extends AbstractAssert<TensorAssert, INDArray> {

    private TensorAssert(INDArray actual) {
        super(actual, TensorAssert.class);
    }

    /** Starts an assertion. */
    public static TensorAssert assertThat(INDArray actual) {
        return new TensorAssert(actual);
    }

    /** Whether the extents are these. */
    public TensorAssert hasShape(long... expected) {
        isNotNull();
        if (!Arrays.equals(actual.shape(), expected)) {
            throw failure("expected shape %s, got %s", Shape.toString(expected), Shape.toString(actual));
        }
        return this;
    }

    /** Whether the number format is this. */
    public TensorAssert hasType(DataType expected) {
        isNotNull();
        if (actual.dataType() != expected) {
            throw failure("expected type %s, got %s", expected, actual.dataType());
        }
        return this;
    }

    /** Whether the elements lie row by row without gaps. */
    public TensorAssert isRowMajor() {
        isNotNull();
        long stride = 1;
        for (int axis = actual.rank() - 1; axis >= 0; axis--) {
            if (actual.size(axis) != 1 && actual.stride(axis) != stride) {
                throw failure(
                        "expected a row-major tensor, got shape %s with strides %s",
                        Shape.toString(actual), Shape.toString(actual.stride()));
            }
            stride *= actual.size(axis);
        }
        return this;
    }

    /**
     * Whether each element differs from its counterpart by at most {@code within}.
     *
     * @param expected of the same shape, any type
     * @param within the greatest absolute difference
     */
    public TensorAssert isCloseTo(INDArray expected, double within) {
        hasShape(expected.shape());
        double[] actualElements = elements(actual);
        double[] expectedElements = elements(expected);
        double worst = 0;
        int differing = 0;
        int first = -1;
        for (int element = 0; element < actualElements.length; element++) {
            double a = actualElements[element];
            double e = expectedElements[element];
            double difference = a == e ? 0 : Math.abs(a - e);
            if (!(difference <= within)) { // NaN fails too
                first = differing == 0 ? element : first;
                differing++;
                worst = Double.isNaN(difference) ? Double.NaN : Math.max(worst, difference);
            }
        }
        if (differing > 0) {
            throw failure(
                    "expected %s close to %s within %s: %d of %d elements differ, by up to %s; first at %s:"
                            + " expected %s, got %s",
                    Shape.toString(actual),
                    Shape.toString(expected),
                    within,
                    differing,
                    actualElements.length,
                    worst,
                    Arrays.toString(indexOf(first, actual.shape())),
                    expectedElements[first],
                    actualElements[first]);
        }
        return this;
    }

    /**
     * Whether each element differs from its counterpart by at most {@code share} of the largest expected magnitude.
     *
     * @param expected of the same shape, any type
     * @param share for example 1e-10
     */
    public TensorAssert isCloseToLargest(INDArray expected, double share) {
        double largest = 0;
        for (double element : elements(expected)) {
            largest = Math.max(largest, Math.abs(element));
        }
        return isCloseTo(expected, share * largest);
    }

    /** Whether each element is the same number as its counterpart. */
    public TensorAssert isIdenticalTo(INDArray expected) {
        return isCloseTo(expected, 0);
    }

    /** The elements, row by row. */
    public static double[] elements(INDArray tensor) {
        return tensor.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }

    private static long[] indexOf(long element, long[] shape) {
        long[] index = new long[shape.length];
        long rest = element;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            index[axis] = rest % shape[axis];
            rest /= shape[axis];
        }
        return index;
    }
}
