package dev.retort.train.optimizer;

/**
 * Clipping by the global norm: {@code torch.nn.utils.clip_grad_norm_}.
 *
 * <pre>{@code
 * double norm = adam.gradientNorm(groups, gradients);
 * adam.update(groups, gradients, clipping.factor(norm));
 * }</pre>
 *
 * @param maxNorm the largest norm that is left alone, positive
 * @param refusesNonFinite whether a norm that is no finite number is an error; otherwise it gives the factor NaN or zero
 */
public record GradientClipping(double maxNorm, boolean refusesNonFinite) {

    private static final double MARGIN = 1e-6; // keeps the quotient finite

    public GradientClipping {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("maxNorm: expected a positive number, got " + maxNorm);
        }
    }

    /** Clipping in which a norm that is no finite number is an error. */
    public static GradientClipping toNorm(double maxNorm) {
        return new GradientClipping(maxNorm, true);
    }

    /**
     * min(1, maxNorm / (norm + 10⁻⁶)).
     *
     * @param norm of all gradients together
     * @throws ArithmeticException if the norm is no finite number and that is an error
     */
    public double factor(double norm) {
        if (refusesNonFinite && !Double.isFinite(norm)) {
            throw new ArithmeticException("gradient norm: is not a finite number: " + norm);
        }
        return Math.min(1, maxNorm / (norm + MARGIN));
    }
}
