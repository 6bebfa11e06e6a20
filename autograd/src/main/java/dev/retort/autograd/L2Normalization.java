package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.max;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * y = x / max(‖x‖₂, ε) over the last axis, as PyTorch's {@code functional.normalize}.
 *
 * <p>Below ε the divisor is a constant: the zero vector stays zero and its gradient is dy/ε.
 */
final class L2Normalization implements Operation {

    private final Variable x; // (..., H)
    private final INDArray divisor; // max(‖x‖₂, ε), (..., 1), kept for backward
    private final INDArray follows; // 1 where the divisor is the norm, 0 where it is ε, (..., 1), kept for backward

    L2Normalization(Variable x, double epsilon) {
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("l2Normalize: epsilon: expected a positive number, got " + epsilon);
        }
        this.x = x;
        INDArray norm = x.value().norm2(true, -1);
        this.divisor = max(norm, epsilon, true);
        this.follows = norm.gt(epsilon).castTo(norm.dataType());
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().div(divisor);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.sub(y.mul(along(y, dy))).div(divisor)); // dx = (dy - y Σⱼ yⱼ dyⱼ) / ‖x‖
    }

    /** Σⱼ yⱼ dyⱼ, and 0 where the divisor is ε. */
    private INDArray along(INDArray y, INDArray dy) {
        return y.mul(dy).sum(true, -1).mul(follows);
    }
}
