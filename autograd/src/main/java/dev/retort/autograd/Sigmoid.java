package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.sigmoid;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = 1 / (1 + exp(-x)). */
record Sigmoid(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return sigmoid(x.value());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(y).mul(y.rsub(1))); // dx = dy ⊙ y ⊙ (1 - y)
    }
}
