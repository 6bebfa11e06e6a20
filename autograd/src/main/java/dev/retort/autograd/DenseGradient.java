package dev.retort.autograd;

import dev.retort.core.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A gradient with every element.
 *
 * @param dense of the variable's shape; shared, not to be changed
 */
public record DenseGradient(INDArray dense) implements Gradient {

    @Override
    public long[] shape() {
        return dense.shape();
    }

    @Override
    public DenseGradient plus(Gradient other) {
        if (other instanceof RowSparseGradient rows) {
            return rows.plus(this);
        }
        return new DenseGradient(dense.add(Shape.require("gradient", other.dense(), shape())));
    }
}
