package dev.retort.autograd;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = max(x, 0); the derivative at 0 is 0. */
record Relu(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().mul(positive());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(positive())); // dx = dy where x > 0, else 0
    }

    private INDArray positive() {
        return x.value().gt(0).castTo(x.value().dataType());
    }
}
