package dev.retort.train.optimizer;

/**
 * What all parameters of an {@link Adam} have in common. The defaults are PyTorch's.
 *
 * @param beta1 β₁ in [0, 1)
 * @param beta2 β₂ in [0, 1)
 * @param epsilon ε, positive
 * @param weightDecay what a group's {@link ParameterGroup#weightDecay} does
 */
public record AdamSettings(double beta1, double beta2, double epsilon, WeightDecay weightDecay) {

    /** Where the decay λ of a parameter θ enters. */
    public enum WeightDecay {
        /** As the gradient of λ ‖θ‖² / 2, which the moments then see: {@code torch.optim.Adam}. */
        IN_GRADIENT,
        /** θ shrinks by the factor 1 - η λ before the update: {@code torch.optim.AdamW}. */
        DECOUPLED
    }

    public AdamSettings {
        requireShare("beta1", beta1);
        requireShare("beta2", beta2);
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("epsilon: expected a positive number, got " + epsilon);
        }
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + ": expected a number in [0, 1), got " + value);
        }
    }

    /** {@code torch.optim.Adam}. */
    public static AdamSettings adam() {
        return new AdamSettings(0.9, 0.999, 1e-8, WeightDecay.IN_GRADIENT);
    }

    /** {@code torch.optim.AdamW}. Its weight decay of 0.01 is a matter of the groups. */
    public static AdamSettings adamW() {
        return new AdamSettings(0.9, 0.999, 1e-8, WeightDecay.DECOUPLED);
    }
}
