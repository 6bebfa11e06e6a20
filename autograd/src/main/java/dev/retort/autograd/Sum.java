package dev.retort.autograd;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** y = Σ xᵢ over all elements, a scalar (). */
record Sum(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().sum().reshape();
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> Nd4j.ones(dy.dataType(), x.shape()).mul(dy)); // dxᵢ = dy
    }
}
