package dev.retort.model.classification;

import dev.retort.autograd.fusion.Activation;
import java.util.EnumSet;
import java.util.Set;

/** The layers of a head, from a sentence vector to a number a class. */
public sealed interface HeadShape {

    /** The probability of dropping an element, in training. */
    double dropout();

    /**
     * {@code Dropout -> Linear}.
     *
     * @param dropout on the sentence vector
     */
    record Linear(double dropout) implements HeadShape {

        public Linear {
            requireProbability(dropout);
        }
    }

    /**
     * {@code Linear -> activation -> Dropout -> Linear}.
     *
     * @param hiddenSize width in between
     * @param activation RELU, GELU or TANH
     * @param dropout on what the activation gives
     */
    record FeedForward(int hiddenSize, Activation activation, double dropout) implements HeadShape {

        private static final Set<Activation> ACTIVATIONS =
                EnumSet.of(Activation.RELU, Activation.GELU, Activation.TANH);

        public FeedForward {
            if (hiddenSize < 1) {
                throw new IllegalArgumentException("hiddenSize: expected a positive number, got " + hiddenSize);
            }
            if (!ACTIVATIONS.contains(activation)) {
                throw new IllegalArgumentException(
                        "activation: expected one of " + ACTIVATIONS + ", got " + activation);
            }
            requireProbability(dropout);
        }
    }

    private static void requireProbability(double dropout) {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout: expected a probability in [0, 1), got " + dropout);
        }
    }
}
