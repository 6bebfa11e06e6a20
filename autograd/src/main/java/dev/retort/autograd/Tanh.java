package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.tanh;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = tanh(x). */
record Tanh(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return tanh(x.value());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(y.mul(y).rsub(1))); // dx = dy ⊙ (1 - y²)
    }
}
