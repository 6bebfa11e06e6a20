package dev.retort.autograd;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The elements of x, read row by row, under another shape. */
final class Reshape implements Operation {

    private final Variable x;
    private final long[] shape;

    Reshape(Variable x, long[] shape) {
        if (Shape.elementCount(shape) != Shape.elementCount(x.shape())) {
            throw new IllegalArgumentException(
                    "reshape: element counts differ: " + Shape.toString(x.shape()) + " to " + Shape.toString(shape));
        }
        this.x = x;
        this.shape = shape.clone();
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().reshape('c', shape);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.reshape('c', x.shape())); // dx = dy under x's shape
    }
}
