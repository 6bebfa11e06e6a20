package dev.retort.train.optimizer;

/**
 * The numbers of one update of one parameter, with which every element is updated alike:
 *
 * <pre>
 *   g ← φ g + λ θ                                      φ gradientFactor, λ decayInGradient
 *   m ← m + (1 - β₁) (g - m)
 *   v ← β₂ v + (1 - β₂) g²
 *   θ ← κ θ - α m / (√v + ε̂)                           κ kept
 *
 *   α = η √(1 - β₂ᵗ) / (1 - β₁ᵗ)      ε̂ = ε √(1 - β₂ᵗ)
 * </pre>
 *
 * <p>α and ε̂ are the more efficient order of the same computation that Kingma and Ba give at the end of section 2, with one division less
 * an element: ε̂ carries the root, so ε stays where PyTorch has it, η / (1 - β₁ᵗ) m / (√v / √(1 - β₂ᵗ) + ε).
 *
 * <p>An element with g, m and v zero and no decay stays as it is, bit for bit: it loses α 0 / ε̂ = 0.
 */
record Coefficients(
        double gradientFactor,
        double decayInGradient,
        double firstShare,
        double secondKept,
        double secondShare,
        double kept,
        double rate,
        double epsilon) {

    /** @param updates t, this one included */
    static Coefficients of(
            AdamSettings settings, double learningRate, double weightDecay, double gradientFactor, long updates) {
        boolean decoupled = settings.weightDecay() == AdamSettings.WeightDecay.DECOUPLED;
        double root = Math.sqrt(1 - Math.pow(settings.beta2(), updates));
        return new Coefficients(
                gradientFactor,
                decoupled ? 0 : weightDecay,
                1 - settings.beta1(),
                settings.beta2(),
                1 - settings.beta2(),
                decoupled ? 1 - learningRate * weightDecay : 1,
                learningRate * root / (1 - Math.pow(settings.beta1(), updates)),
                settings.epsilon() * root);
    }
}
