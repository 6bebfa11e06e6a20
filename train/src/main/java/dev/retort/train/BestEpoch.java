package dev.retort.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The best epoch so far by the dev set, and the values that the trained parameters had after it. Accuracy decides, between equals the loss,
 * between equals of that the earlier one.
 */
final class BestEpoch implements AutoCloseable {

    private final Map<String, INDArray> parameters = new LinkedHashMap<>(); // copies
    private TrainingState.Best figures = TrainingState.Best.NONE;

    /** From 0; -1 before the first, and where no row of the dev set has a label. */
    int epoch() {
        return figures.epoch();
    }

    TrainingState.Best figures() {
        return figures;
    }

    /** The copies by the parameters' names, which stay this object's; none before the first. */
    Map<String, INDArray> parameters() {
        return parameters;
    }

    boolean isBeatenBy(Evaluation evaluation) {
        double score = evaluation.score();
        return score > figures.score() || (score == figures.score() && evaluation.meanLoss() < figures.loss());
    }

    /** Another epoch is the best; its parameters are to be {@link #put}. */
    void become(TrainingState.Best other) {
        close();
        figures = other;
    }

    /** @param copy of a parameter that is trained in some epoch; this object's from now on */
    void put(String name, INDArray copy) {
        parameters.put(name, copy);
    }

    /** Gives a copy away: it belongs to the caller from now on; null if there is none. */
    @Nullable
    INDArray release(String name) {
        return parameters.remove(name);
    }

    /** Frees the copies. Idempotent. */
    @Override
    public void close() {
        parameters.values().forEach(INDArray::close);
        parameters.clear();
    }
}
