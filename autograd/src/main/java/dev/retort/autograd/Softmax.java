package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.exp;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) over the last axis. */
record Softmax(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        INDArray max = x.value().max(true, -1); // exp(x - max) cannot overflow
        INDArray exp = exp(x.value().sub(max));
        return exp.div(exp.sum(true, -1));
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> y.mul(dy.sub(y.mul(dy).sum(true, -1)))); // dx = y ⊙ (dy - Σⱼ yⱼ dyⱼ)
    }
}
