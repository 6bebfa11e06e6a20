package dev.retort.autograd;

import static dev.retort.core.Tensors.matmul;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = A Bᵀ, batched over the leading axes: (..., m, k) x (..., n, k) -> (..., m, n). */
record MatMulTransposed(Variable a, Variable b) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(a, b);
    }

    @Override
    public INDArray forward() {
        return matmul(a.value(), b.value(), false, true);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(a, () -> matmul(dy, b.value(), false, false)); // dA = dY B
        gradients.add(b, () -> matmul(dy, a.value(), true, false)); // dB = dYᵀ A
    }
}
