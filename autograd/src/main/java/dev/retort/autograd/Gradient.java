package dev.retort.autograd;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * dL/dx for one variable: every element ({@link DenseGradient}), or only the rows that a lookup read ({@link RowSparseGradient}).
 *
 * <p>Whoever walks a table's rows asks which of the two it is; whoever wants a tensor of x's shape calls {@link #dense}.
 *
 * <pre>{@code
 * if (gradients.gradient(table) instanceof RowSparseGradient sparse) {
 *     for (int i = 0; i < sparse.rowCount(); i++) {
 *         update(sparse.row(i), sparse.values(), i); // row(i) ascends, each row once
 *     }
 * }
 * }</pre>
 */
public sealed interface Gradient permits DenseGradient, RowSparseGradient {

    /** x's extents. */
    long[] shape();

    /** The gradient as a tensor of x's shape. Of a row-sparse one a new tensor is made, zero in the rows that it lacks. */
    INDArray dense();

    /**
     * The sum, as a new value; row-sparse only if both are. Each element is this one's plus the other's, so the bits depend on the order
     * of the calls alone.
     *
     * @throws IllegalArgumentException if the shapes differ
     */
    Gradient plus(Gradient other);
}
