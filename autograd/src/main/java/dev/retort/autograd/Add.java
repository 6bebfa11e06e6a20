package dev.retort.autograd;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = a + b; shapes broadcast. */
record Add(Variable a, Variable b) implements Operation {

    Add {
        Shape.requireBroadcastable("add", a.value(), b.value());
    }

    @Override
    public List<Variable> inputs() {
        return List.of(a, b);
    }

    @Override
    public INDArray forward() {
        return a.value().add(b.value());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(a, () -> dy); // da = dy
        gradients.add(b, () -> dy); // db = dy
    }
}
