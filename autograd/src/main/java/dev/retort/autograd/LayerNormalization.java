package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.pow;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Layer normalisation over the last axis (Ba et al. 2016, eq. 4).
 *
 * <pre>
 *   x̂ = (x - μ) / √(σ² + ε)      μ, σ² over the last axis, σ² biased (divides by H)
 *   y = γ ⊙ x̂ + β
 * </pre>
 *
 * Composed by hand: ND4J's own {@code layer_norm} has no ε.
 */
final class LayerNormalization implements Operation {

    private final Variable x; // (..., H)
    private final Variable gamma; // (H)
    private final Variable beta; // (H)
    private final INDArray inverseStd; // 1/√(σ² + ε), (..., 1), kept for backward
    private final INDArray normalized; // x̂, (..., H), kept for backward

    LayerNormalization(Variable x, Variable gamma, Variable beta, double epsilon) {
        Shape.require("gamma", gamma.value(), x.size(-1));
        Shape.require("beta", beta.value(), x.size(-1));
        this.x = x;
        this.gamma = gamma;
        this.beta = beta;
        INDArray centered = center(center(x.value())); // twice: with ε = 1e-12 the rounding of one mean is visible
        INDArray variance = centered.mul(centered).mean(true, -1);
        this.inverseStd = pow(variance.add(epsilon), -0.5);
        this.normalized = centered.mul(inverseStd);
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x, gamma, beta);
    }

    @Override
    public INDArray forward() {
        return normalized.mul(gamma.value()).add(beta.value());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(beta, () -> dy); // dβ = dy
        gradients.add(gamma, () -> dy.mul(normalized)); // dγ = dy ⊙ x̂
        gradients.add(x, () -> inputGradient(dy.mul(gamma.value()))); // dx̂ = dy ⊙ γ
    }

    /** x - mean(x) over the last axis. */
    private static INDArray center(INDArray x) {
        return x.sub(x.mean(true, -1));
    }

    /** dx = (dx̂ - mean(dx̂) - x̂ mean(dx̂ ⊙ x̂)) / √(σ² + ε), means over the last axis. */
    private INDArray inputGradient(INDArray dNormalized) {
        INDArray alongNormalized = normalized.mul(dNormalized.mul(normalized).mean(true, -1));
        return center(dNormalized).sub(alongNormalized).mul(inverseStd);
    }
}
