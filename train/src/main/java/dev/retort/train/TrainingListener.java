package dev.retort.train;

import dev.retort.model.classification.ParameterTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Hears of a run as it goes on, on the thread that trains: what takes long here makes the run longer. */
public interface TrainingListener {

    /** Hears nothing. */
    TrainingListener NONE = new TrainingListener() {};

    /** Before the first step. */
    default void started(Start start) {}

    /**
     * While the vectors of the texts are computed that {@link Scenario.Kind#HEADS_ONLY} keeps, before the first step; on the threads that
     * compute them, one after the other.
     *
     * @param done rows so far, of train and dev set together
     * @param total rows
     */
    default void vectorsKept(int done, int total) {}

    /** After the optimiser has moved the parameters. */
    default void stepDone(Step step) {}

    /** Before an epoch in which other parameters are trained than in the one before. */
    default void unfrozen(int epoch, ParameterTable parameters) {}

    /** After an epoch's last step and the evaluation. */
    default void epochDone(EpochReport epoch) {}

    /** After a checkpoint is on the disk. */
    default void checkpointWritten(Path file, long step) {}

    /**
     * What is about to be done.
     *
     * @param parameters what is trained in the epoch that comes next
     * @param settings of the run
     * @param rows of the training set
     * @param devRows of the dev set, 0 without one
     * @param batchesPerEpoch of the training set
     * @param totalSteps of the optimiser in all epochs
     * @param firstEpoch the epoch that comes next, from 0
     * @param firstStep the steps that were done before: 0 unless the run is resumed
     */
    record Start(
            ParameterTable parameters,
            TrainingSettings settings,
            int rows,
            int devRows,
            int batchesPerEpoch,
            long totalSteps,
            int firstEpoch,
            long firstStep) {}

    /**
     * One step of the optimiser.
     *
     * @param epoch from 0
     * @param step how many steps were done, this one included
     * @param totalSteps in all epochs
     * @param losses the loss of each task in the step's batches; absent where no row had a label
     * @param total the weighted sum that was minimised
     * @param rates the learning rate of each parameter group
     * @param gradientNorm before clipping, or NaN without clipping
     * @param rows of the step's batches
     */
    record Step(
            int epoch,
            long step,
            long totalSteps,
            Map<String, Double> losses,
            double total,
            Map<String, Double> rates,
            double gradientNorm,
            int rows) {

        public Step {
            losses = Copies.inOrder(losses);
            rates = Copies.inOrder(rates);
        }
    }

    /**
     * One epoch.
     *
     * @param epoch from 0
     * @param step how many steps of the optimiser were done
     * @param losses the mean loss of each task over the epoch's labelled rows
     * @param total the mean of what was minimised
     * @param dev on the dev set; without one of no rows
     * @param improved whether it is the best so far
     * @param seconds it took, evaluation apart
     * @param evaluationSeconds the evaluation took
     */
    record EpochReport(
            int epoch,
            long step,
            Map<String, Double> losses,
            double total,
            Evaluation dev,
            boolean improved,
            double seconds,
            double evaluationSeconds) {

        public EpochReport {
            losses = Copies.inOrder(losses);
        }
    }

    /** One that tells several. */
    static TrainingListener all(List<TrainingListener> listeners) {
        List<TrainingListener> own = List.copyOf(listeners);
        return new TrainingListener() {
            @Override
            public void started(Start start) {
                own.forEach(listener -> listener.started(start));
            }

            @Override
            public void vectorsKept(int done, int total) {
                own.forEach(listener -> listener.vectorsKept(done, total));
            }

            @Override
            public void stepDone(Step step) {
                own.forEach(listener -> listener.stepDone(step));
            }

            @Override
            public void unfrozen(int epoch, ParameterTable parameters) {
                own.forEach(listener -> listener.unfrozen(epoch, parameters));
            }

            @Override
            public void epochDone(EpochReport epoch) {
                own.forEach(listener -> listener.epochDone(epoch));
            }

            @Override
            public void checkpointWritten(Path file, long step) {
                own.forEach(listener -> listener.checkpointWritten(file, step));
            }
        };
    }
}
