package dev.retort.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.train.dataset.Cursor;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.List;

/**
 * What of a run is no tensor: the JSON text of a checkpoint. It holds nothing that two runs of the same bits could differ in, such as
 * times.
 *
 * @param format {@value #FORMAT}
 * @param run what the run is, in words; a resumed one must be the same
 * @param untrained checksum of the parameters that are never trained, which no checkpoint holds
 * @param position how far it has come
 * @param best the best epoch so far
 */
record TrainingState(String format, Run run, long untrained, Position position, Best best) {

    static final String FORMAT = "retort-training/1";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * How far a run has come.
     *
     * @param step optimiser steps done
     * @param cursor the batch that comes next
     * @param epochSums of the losses over the labelled rows of the epoch so far, by task
     * @param epochRows those rows, by task
     * @param epochTotal sum of what was minimised, over the epoch's steps
     * @param epochSteps how many
     * @param lastLosses of the last step, by task
     */
    record Position(
            long step,
            Cursor cursor,
            List<Double> epochSums,
            List<Long> epochRows,
            double epochTotal,
            long epochSteps,
            List<Double> lastLosses) {}

    /**
     * The best epoch so far.
     *
     * @param epoch from 0; -1 for none
     * @param score {@link Evaluation#score}
     * @param loss {@link Evaluation#meanLoss}
     */
    record Best(int epoch, double score, double loss) {

        static final Best NONE = new Best(-1, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /**
     * What determines a run.
     *
     * @param settings in words
     * @param tasks in words
     * @param losses in words
     * @param backbone in words, with what goes before a text
     * @param train fingerprint of the training set
     * @param dev fingerprint of the dev set, 0 without one
     */
    record Run(String settings, String tasks, String losses, String backbone, long train, long dev) {}

    String toJson() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("training state: cannot be expressed as JSON: " + this, e);
        }
    }

    /** @param file what messages call it */
    static TrainingState ofJson(String json, String file) throws MalformedCheckpointException {
        try {
            TrainingState state = MAPPER.readValue(json, TrainingState.class);
            if (!FORMAT.equals(state.format())) {
                throw new MalformedCheckpointException(
                        file, "expected the format " + FORMAT + ", got " + state.format());
            }
            return state;
        } catch (JsonProcessingException e) {
            throw new MalformedCheckpointException(
                    file,
                    "is no training state: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
    }

    /** Says what is different if this is not the state of the same run, the values of parameters apart. */
    void requireRun(Run other, String file) throws MalformedCheckpointException {
        requireSame(file, "settings", run.settings(), other.settings());
        requireSame(file, "tasks", run.tasks(), other.tasks());
        requireSame(file, "losses", run.losses(), other.losses());
        requireSame(file, "backbone", run.backbone(), other.backbone());
        requireSame(file, "training set", Long.toHexString(run.train()), Long.toHexString(other.train()));
        requireSame(file, "dev set", Long.toHexString(run.dev()), Long.toHexString(other.dev()));
    }

    /** Refuses other values of the parameters that are never trained. */
    void requireUntrained(long other, String file) throws MalformedCheckpointException {
        requireSame(file, "frozen parameters", Long.toHexString(untrained), Long.toHexString(other));
    }

    private static void requireSame(String file, String what, String saved, String asked)
            throws MalformedCheckpointException {
        if (!saved.equals(asked)) {
            throw new MalformedCheckpointException(
                    file, "is of another run: " + what + ": saved " + saved + ", now " + asked);
        }
    }
}
