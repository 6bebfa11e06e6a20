package dev.retort.core;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;

/** Tensor functions that ND4J lacks, or whose obvious call there is wrong or slow. Each returns a new row-major tensor. */
public final class Tensors {

    private Tensors() {}

    /**
     * Matrix product over the last two axes. ND4J's {@code mmul} is for matrices only and computes into a column-major temporary.
     *
     * @param a (..., m, k), or (..., k, m) if it is to be transposed
     * @param b (..., k, n), or (..., n, k) if it is to be transposed; the leading axes equal a's
     * @return (..., m, n)
     */
    public static INDArray matmul(INDArray a, INDArray b, boolean transposeA, boolean transposeB) {
        int rank = a.rank();
        if (rank < 2 || rank != b.rank()) {
            throw new IllegalArgumentException(
                    "matmul: expected equal ranks of 2 or more: a " + Shape.toString(a) + " x b " + Shape.toString(b));
        }
        long inner = a.size(transposeA ? -2 : -1);
        long innerOfB = b.size(transposeB ? -1 : -2);
        if (inner != innerOfB) {
            throw new IllegalArgumentException("matmul: inner sizes differ: a " + Shape.toString(a)
                    + (transposeA ? "ᵀ" : "") + " x b " + Shape.toString(b) + (transposeB ? "ᵀ" : "") + ", " + inner
                    + " != " + innerOfB);
        }
        long[] shape = a.shape().clone();
        if (!Arrays.equals(shape, 0, rank - 2, b.shape(), 0, rank - 2)) {
            throw new IllegalArgumentException(
                    "matmul: leading axes differ: a " + Shape.toString(a) + " x b " + Shape.toString(b));
        }
        shape[rank - 2] = a.size(transposeA ? -1 : -2);
        shape[rank - 1] = b.size(transposeB ? -2 : -1);
        INDArray product = Nd4j.createUninitialized(a.dataType(), shape, 'c');
        return Nd4j.matmul(a, b, product, transposeA, transposeB, false);
    }

    /** Whether the elements lie row by row without gaps. */
    public static boolean isRowMajor(INDArray x) {
        long stride = 1;
        for (int axis = x.rank() - 1; axis >= 0; axis--) {
            if (x.size(axis) != 1 && x.stride(axis) != stride) {
                return false;
            }
            stride *= x.size(axis);
        }
        return true;
    }

    /**
     * A copy that belongs to no scope, made by the calling thread alone: ND4J's {@code dup} would start its own threads.
     *
     * @param rowMajor of any shape, in host memory
     */
    public static INDArray copyDetached(INDArray rowMajor) {
        if (!isRowMajor(rowMajor)) {
            throw new IllegalArgumentException("copy: expected a row-major tensor, got strides "
                    + Arrays.toString(rowMajor.stride()) + " for " + Shape.toString(rowMajor));
        }
        INDArray copy = Nd4j.createUninitializedDetached(rowMajor.dataType(), rowMajor.shape());
        int width = rowMajor.dataType().width();
        Nd4j.getAffinityManager().ensureLocation(rowMajor, Location.HOST);
        Nd4j.getAffinityManager().ensureLocation(copy, Location.HOST);
        BytePointer source = new BytePointer(rowMajor.data().pointer()).position(rowMajor.offset() * width);
        Pointer.memcpy(new BytePointer(copy.data().pointer()), source, rowMajor.length() * width);
        Nd4j.getAffinityManager().tagLocation(copy, Location.HOST);
        Reference.reachabilityFence(rowMajor);
        return copy;
    }

    /** The error function, elementwise. */
    public static INDArray erf(INDArray x) {
        return Nd4j.getExecutioner().exec(new Erf(x, x.ulike()));
    }

    /**
     * Part of one axis, as a view. ND4J's {@code get(interval)} silently returns an empty tensor on a view whose offset exceeds its
     * length, for example on the last rows of a matrix.
     *
     * @param x of any layout
     * @param axis counted from zero
     * @param from the first place on that axis
     * @param to the place after the last
     * @return a view: it shares x's memory
     */
    public static INDArray viewPart(INDArray x, int axis, long from, long to) {
        if (from < 0 || to <= from || to > x.size(axis)) {
            throw new IllegalArgumentException("part: expected 0 <= from < to <= " + x.size(axis) + ", got from=" + from
                    + " to=" + to + " on axis " + axis + " of " + Shape.toString(x));
        }
        long[] shape = x.shape().clone();
        shape[axis] = to - from;
        return Nd4j.create(x.data(), shape, x.stride(), x.offset() + from * x.stride(axis), x.ordering());
    }

    /** Rows {@code from} to {@code to - 1} of the first axis, as a view. */
    public static INDArray viewRows(INDArray x, long from, long to) {
        return viewPart(x, 0, from, to);
    }

    /**
     * Rows of a matrix by number. The caller has checked the numbers: the native gather does not.
     *
     * @param matrix (V, H)
     * @param rows (N), each in 0..V-1
     * @return (N, H)
     */
    public static INDArray gatherRows(INDArray matrix, int[] rows) {
        return Nd4j.pullRows(matrix, 1, rows, 'c');
    }

    /**
     * The rows of a float32 or bfloat16 matrix as Java arrays.
     *
     * @param matrix (rows, columns)
     */
    public static float[][] copyRows(INDArray matrix) {
        Shape.require("matrix", matrix, Shape.ANY, Shape.ANY);
        INDArray wide = matrix.castTo(DataType.FLOAT);
        INDArray rowMajor = isRowMajor(wide) ? wide : wide.dup('c');
        int columns = Math.toIntExact(rowMajor.size(1));
        float[][] rows = new float[Math.toIntExact(rowMajor.size(0))][columns];
        Floats floats = new Floats(rowMajor.data().address() + rowMajor.offset() * Float.BYTES, rowMajor.length());
        for (int row = 0; row < rows.length; row++) {
            floats.position((long) row * columns).get(rows[row]);
        }
        Reference.reachabilityFence(rowMajor);
        return rows;
    }

    /** Floats at an address, as JavaCPP wants them. */
    private static final class Floats extends FloatPointer {

        Floats(long address, long count) {
            super((Pointer) null);
            this.address = address;
            this.limit = count;
            this.capacity = count;
        }
    }
}
