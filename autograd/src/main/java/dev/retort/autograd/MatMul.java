package dev.retort.autograd;

import static dev.retort.core.Tensors.matmul;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = A B, batched over the leading axes: (..., m, k) x (..., k, n) -> (..., m, n). */
record MatMul(Variable a, Variable b) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(a, b);
    }

    @Override
    public INDArray forward() {
        return matmul(a.value(), b.value(), false, false);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(a, () -> matmul(dy, b.value(), false, true)); // dA = dY Bᵀ
        gradients.add(b, () -> matmul(a.value(), dy, true, false)); // dB = Aᵀ dY
    }
}
