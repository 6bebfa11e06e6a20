package dev.retort.autograd;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = c x for a number c. */
record Scale(Variable x, double factor) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().mul(factor);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(factor)); // dx = c dy
    }
}
