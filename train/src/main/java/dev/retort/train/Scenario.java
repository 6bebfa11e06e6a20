package dev.retort.train;

import dev.retort.model.Freezing;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What of the network is trained, and when. {@code docs/training.md} compares them.
 *
 * @param kind of scenario
 * @param head with {@link Kind#FROZEN_HEAD}, the task whose head stays as it is; else null
 * @param count with {@link Kind#LOWER_LAYERS}, how many layers are frozen with the embeddings; with {@link Kind#GRADUAL}, the epochs
 *     between one layer and the next; else 0
 */
public record Scenario(Kind kind, @Nullable String head, int count) {

    /** The kinds, under the names of the command line. */
    public enum Kind {
        /** The backbone is frozen and its sentence vectors are computed once. */
        HEADS_ONLY("heads-only"),
        /** The backbone is frozen and its sentence vectors are computed at every step. */
        FROZEN_BACKBONE("frozen-backbone"),
        /** All but one task's head; that task's loss still reaches the backbone. */
        FROZEN_HEAD("frozen-head"),
        /** All but the embeddings and the lowest layers. */
        LOWER_LAYERS("lower-layers"),
        /** Everything: fine-tuning. */
        FULL("full"),
        /** The heads first, then one layer more at a time from the top, the embeddings last (Howard and Ruder 2018, §3.3). */
        GRADUAL("gradual");

        private final String spelling;

        Kind(String spelling) {
            this.spelling = spelling;
        }

        @Override
        public String toString() {
            return spelling;
        }
    }

    public Scenario {
        if ((kind == Kind.FROZEN_HEAD) != (head != null)) {
            throw new IllegalArgumentException(
                    "scenario: " + kind + ": a head is named with frozen-head only, got " + head);
        }
        boolean counts = kind == Kind.LOWER_LAYERS || kind == Kind.GRADUAL;
        if (counts ? count < 1 : count != 0) {
            throw new IllegalArgumentException("scenario: " + kind + ": expected "
                    + (counts ? "a positive number" : "no number") + ", got " + count);
        }
    }

    /** {@link Kind#HEADS_ONLY}. */
    public static Scenario headsOnly() {
        return new Scenario(Kind.HEADS_ONLY, null, 0);
    }

    /** {@link Kind#FROZEN_BACKBONE}. */
    public static Scenario frozenBackbone() {
        return new Scenario(Kind.FROZEN_BACKBONE, null, 0);
    }

    /** {@link Kind#FROZEN_HEAD}. */
    public static Scenario frozenHead(String task) {
        return new Scenario(Kind.FROZEN_HEAD, task, 0);
    }

    /** {@link Kind#LOWER_LAYERS}. */
    public static Scenario lowerLayers(int count) {
        return new Scenario(Kind.LOWER_LAYERS, null, count);
    }

    /** {@link Kind#FULL}. */
    public static Scenario full() {
        return new Scenario(Kind.FULL, null, 0);
    }

    /** {@link Kind#GRADUAL}. */
    public static Scenario gradual(int epochsPerStage) {
        return new Scenario(Kind.GRADUAL, null, epochsPerStage);
    }

    /**
     * Reads what {@link #toString} writes: {@code full}, {@code lower-layers 3}, {@code frozen-head sentiment}, {@code gradual} or
     * {@code gradual 2}. Instead of the space there may be a colon or an equals sign.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static Scenario parse(String spelled) {
        String[] words = spelled.strip().split("[\\s:=]+", 2);
        for (Kind kind : Kind.values()) {
            if (kind.spelling.equals(words[0])) {
                return of(kind, words.length > 1 ? words[1].strip() : null, spelled);
            }
        }
        throw new IllegalArgumentException(
                "scenario: expected one of " + List.of(Kind.values()) + ", got \"" + spelled + '"');
    }

    private static Scenario of(Kind kind, @Nullable String argument, String spelled) {
        return switch (kind) {
            case FROZEN_HEAD -> {
                if (argument == null) {
                    throw new IllegalArgumentException(
                            "scenario: frozen-head: expected a task, as in \"frozen-head sentiment\"");
                }
                yield frozenHead(argument);
            }
            case LOWER_LAYERS -> lowerLayers(number(argument, "lower-layers 3", spelled));
            case GRADUAL -> gradual(argument == null ? 1 : number(argument, "gradual 2", spelled));
            default -> {
                if (argument != null) {
                    throw new IllegalArgumentException(
                            "scenario: " + kind + ": takes nothing more, got \"" + spelled + '"');
                }
                yield new Scenario(kind, null, 0);
            }
        };
    }

    private static int number(@Nullable String argument, String example, String spelled) {
        try {
            return Integer.parseInt(Objects.requireNonNullElse(argument, ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "scenario: expected a number, as in \"" + example + "\", got \"" + spelled + '"', e);
        }
    }

    /** Whether sentence vectors are computed once and kept. */
    public boolean keepsFeatures() {
        return kind == Kind.HEADS_ONLY;
    }

    /**
     * What is frozen in an epoch.
     *
     * @param epoch from 0
     * @param layerCount the encoder's
     */
    public Freezing freezing(int epoch, int layerCount) {
        return switch (kind) {
            case HEADS_ONLY -> Freezing.headsOnly();
            case FROZEN_BACKBONE -> Freezing.frozenBackbone();
            case FROZEN_HEAD -> Freezing.frozenHead(Objects.requireNonNull(head));
            case LOWER_LAYERS -> Freezing.lowerLayers(count);
            case FULL -> Freezing.full();
            case GRADUAL -> {
                List<Freezing> stages = Freezing.gradualUnfreezing(layerCount);
                yield stages.get(Math.min(epoch / count, stages.size() - 1));
            }
        };
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        if (head != null) {
            return kind + " " + head;
        }
        return count == 0 ? kind.toString() : kind + " " + count;
    }
}
