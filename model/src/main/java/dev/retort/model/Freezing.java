package dev.retort.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which parameters receive gradients. A frozen one is a constant: no gradient of it is computed, backward ends above it where nothing
 * below is trained, and an optimiser keeps nothing for it.
 *
 * <p>It goes by the names of a multi-task model's parameters: {@code encoder.embeddings.*}, {@code encoder.layer.I.*}, {@code module.N.*}
 * after pooling, {@code heads.TASK.*}.
 *
 * @param part how much of the network below the heads is frozen
 * @param lowerLayers with {@link Part#LOWER_LAYERS}, how many of the encoder's layers are, counted from the embeddings, which are too
 * @param heads the tasks whose heads are
 */
public record Freezing(Part part, int lowerLayers, Set<String> heads) {

    private static final String EMBEDDINGS = "encoder.embeddings.";
    private static final String LAYER = "encoder.layer.";
    private static final String HEADS = "heads.";

    /** How much of the network below the heads is frozen. */
    public enum Part {
        /** None of it. */
        NOTHING,
        /** The embeddings and the lowest layers. */
        LOWER_LAYERS,
        /** The encoder and the modules after pooling. */
        BACKBONE,
        /** All there is, the heads included. */
        EVERYTHING
    }

    /** Checks the number of layers and puts the heads in order. */
    public Freezing {
        if (lowerLayers < 0) {
            throw new IllegalArgumentException("lowerLayers: expected 0 or more, got " + lowerLayers);
        }
        heads = Collections.unmodifiableSet(new TreeSet<>(heads));
    }

    /** Nothing is frozen: fine-tuning. */
    public static Freezing full() {
        return new Freezing(Part.NOTHING, 0, Set.of());
    }

    /** All but the heads: transfer learning by features, which are computed again at every step. */
    public static Freezing frozenBackbone() {
        return new Freezing(Part.BACKBONE, 0, Set.of());
    }

    /**
     * The same parameters as {@link #frozenBackbone}, for a training that computes the features once and keeps them: they do not change,
     * because nothing is dropped in a frozen part.
     */
    public static Freezing headsOnly() {
        return frozenBackbone();
    }

    /** The head of one task; its loss still reaches the backbone. */
    public static Freezing frozenHead(String task) {
        return full().withFrozenHead(task);
    }

    /** The embeddings and the lowest layers. */
    public static Freezing lowerLayers(int count) {
        return new Freezing(Part.LOWER_LAYERS, count, Set.of());
    }

    /** No parameter receives a gradient: inference. */
    public static Freezing everything() {
        return new Freezing(Part.EVERYTHING, 0, Set.of());
    }

    /**
     * From {@link #frozenBackbone} to {@link #full}, one layer more at each stage, the uppermost first, the embeddings last (Howard and
     * Ruder 2018, §3.3).
     *
     * @param layerCount the encoder's
     * @return layerCount + 2 stages: the heads, the heads and the uppermost layer, ..., all layers, everything
     */
    public static List<Freezing> gradualUnfreezing(int layerCount) {
        List<Freezing> stages = new ArrayList<>();
        stages.add(frozenBackbone());
        for (int frozen = layerCount - 1; frozen >= 0; frozen--) {
            stages.add(lowerLayers(frozen));
        }
        stages.add(full());
        return List.copyOf(stages);
    }

    /** This, and the head of one more task. */
    public Freezing withFrozenHead(String task) {
        Set<String> more = new TreeSet<>(heads);
        more.add(task);
        return new Freezing(part, lowerLayers, more);
    }

    /** Whether a parameter receives gradients. */
    public boolean trains(String parameter) {
        if (parameter.startsWith(HEADS)) {
            return part != Part.EVERYTHING
                    && heads.stream().noneMatch(task -> parameter.startsWith(HEADS + task + "."));
        }
        return switch (part) {
            case NOTHING -> true;
            case LOWER_LAYERS -> !parameter.startsWith(EMBEDDINGS) && !isInLowerLayer(parameter);
            case BACKBONE, EVERYTHING -> false;
        };
    }

    private boolean isInLowerLayer(String parameter) {
        if (!parameter.startsWith(LAYER)) {
            return false;
        }
        String number = parameter.substring(LAYER.length(), parameter.indexOf('.', LAYER.length()));
        return Integer.parseInt(number) < lowerLayers;
    }

    /** Whether the sentence vectors are the same at every step, so that they need be computed once only. */
    public boolean freezesBackbone() {
        return part == Part.BACKBONE || part == Part.EVERYTHING;
    }

    /**
     * Checks this against a model.
     *
     * @throws IllegalArgumentException if it freezes more layers than there are, a head that is not there, or leaves nothing to train
     */
    public Freezing requireFits(int layerCount, Collection<String> tasks) {
        if (lowerLayers > layerCount) {
            throw new IllegalArgumentException(
                    "lowerLayers: the encoder has " + layerCount + " layers, asked to freeze " + lowerLayers);
        }
        for (String head : heads) {
            if (!tasks.contains(head)) {
                throw new IllegalArgumentException(
                        "frozen head: the model has no task " + head + ", its tasks are " + tasks);
            }
        }
        if (freezesBackbone() && (part == Part.EVERYTHING || heads.containsAll(tasks))) {
            throw new IllegalArgumentException("freezing: nothing is left to train: " + this);
        }
        return this;
    }

    /** What is frozen: {@code "embeddings and lowest 3 layers, head sentiment"}. */
    @Override
    public String toString() {
        List<String> frozen = new ArrayList<>();
        switch (part) {
            case NOTHING -> {}
            case LOWER_LAYERS -> frozen.add("embeddings and lowest " + lowerLayers + " layers");
            case BACKBONE -> frozen.add("backbone");
            case EVERYTHING -> frozen.add("everything");
        }
        heads.forEach(head -> frozen.add("head " + head));
        return frozen.isEmpty() ? "nothing" : String.join(", ", frozen);
    }
}
