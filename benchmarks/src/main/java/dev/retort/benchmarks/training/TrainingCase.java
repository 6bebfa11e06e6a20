package dev.retort.benchmarks.training;

import dev.retort.train.Scenario;

/** What of the network is trained; {@code train_peer.py} knows the cases by the same names. */
public enum TrainingCase {
    /** Everything. */
    FULL("full", Scenario.full()),
    /** The heads, on vectors that are computed at every step. */
    FROZEN_BACKBONE("frozen-backbone", Scenario.frozenBackbone()),
    /** All but the embeddings and the lower four layers. */
    LOWER_LAYERS("lower-layers", Scenario.lowerLayers(4)),
    /** All but the head for the sentiment. */
    FROZEN_HEAD("frozen-head", Scenario.frozenHead("sentiment")),
    /** The heads, on vectors that were computed once. */
    HEADS_ONLY("heads-only", Scenario.headsOnly());

    private static final int FEW_TOKENS = 4;

    private final String spelling;
    private final Scenario scenario;

    TrainingCase(String spelling, Scenario scenario) {
        this.spelling = spelling;
        this.scenario = scenario;
    }

    /** The case of a name. */
    public static TrainingCase parse(String spelled) {
        for (TrainingCase known : values()) {
            if (known.spelling.equals(spelled)) {
                return known;
            }
        }
        throw new IllegalArgumentException("case: not known: " + spelled);
    }

    Scenario scenario() {
        return scenario;
    }

    /** At which texts are cut. What heads-only costs does not depend on it, only how long the vectors take before. */
    int maxTokens() {
        return this == HEADS_ONLY ? FEW_TOKENS : TrainingSet.MAX_TOKENS;
    }

    @Override
    public String toString() {
        return spelling;
    }
}
