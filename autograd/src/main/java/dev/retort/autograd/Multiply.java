package dev.retort.autograd;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = a ⊙ b; shapes broadcast. */
record Multiply(Variable a, Variable b) implements Operation {

    Multiply {
        Shape.requireBroadcastable("multiply", a.value(), b.value());
    }

    @Override
    public List<Variable> inputs() {
        return List.of(a, b);
    }

    @Override
    public INDArray forward() {
        return a.value().mul(b.value());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(a, () -> dy.mul(b.value())); // da = dy ⊙ b
        gradients.add(b, () -> dy.mul(a.value())); // db = dy ⊙ a
    }
}
