package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.exp;
import static org.nd4j.linalg.ops.transforms.Transforms.log;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** yᵢ = xᵢ - log Σⱼ exp(xⱼ) over the last axis. */
record LogSoftmax(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        INDArray shifted = x.value().sub(x.value().max(true, -1)); // exp cannot overflow
        return shifted.sub(log(exp(shifted).sum(true, -1)));
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.sub(exp(y).mul(dy.sum(true, -1)))); // dx = dy - exp(y) Σⱼ dyⱼ
    }
}
