package dev.retort.train;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.StepScope;
import dev.retort.core.Tensors;
import dev.retort.model.Mode;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.text.TokenBudget;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Answers, without gradients, for all rows of a data set. A row's answer does not depend on the rows beside it. */
final class Evaluator {

    private static final int TOKENS_A_BATCH = 1024;
    private static final int ROWS_A_BATCH = 256;

    private final TrainingThreads threads;
    private final MultiTaskModel model;
    private final Objective objective;

    Evaluator(TrainingThreads threads, MultiTaskModel model, Objective objective) {
        this.threads = threads;
        this.model = model;
        this.objective = objective;
    }

    /** Takes a row's vector, on whatever thread computed it. */
    interface RowSink {
        void put(int row, float[] vector);
    }

    /** The vectors of all rows under the backbone as it is. */
    void features(TokenizedDataset dataset, RowSink sink) {
        forBatches(dataset, (rows, fusions) -> {
            float[][] vectors = Tensors.copyRows(model.features(dataset.tokens(rows), fusions, Mode.INFERENCE)
                    .value());
            for (int i = 0; i < rows.length; i++) {
                sink.put(rows[i], vectors[i]);
            }
        });
    }

    /**
     * Compares the model's answers with the labels.
     *
     * @param features the rows' vectors, or null to compute them
     */
    Evaluation evaluate(TokenizedDataset dataset, @Nullable FeatureCache features) {
        float[][][] logits = logits(dataset, features);
        int tasks = model.tasks().size();
        int[][] truth = new int[tasks][dataset.size()];
        int[][] predicted = new int[tasks][dataset.size()];
        double[] losses = new double[tasks];
        for (int task = 0; task < tasks; task++) {
            for (int row = 0; row < dataset.size(); row++) {
                truth[task][row] = dataset.dataset().label(row, task);
                predicted[task][row] = argMax(logits[task][row]);
            }
            losses[task] = crossEntropy(logits[task], objective.targets(task, truth[task]));
        }
        return Evaluation.of(
                model.tasks().stream().map(task -> task.name()).toList(),
                model.tasks().stream().map(task -> task.labels()).toList(),
                truth,
                predicted,
                losses);
    }

    /** By task and row, (C) each. */
    float[][][] logits(TokenizedDataset dataset, @Nullable FeatureCache features) {
        float[][][] logits = new float[model.tasks().size()][dataset.size()][];
        forBatches(dataset, (rows, fusions) -> {
            List<Variable> ofBatch = features == null
                    ? model.forward(dataset.tokens(rows), fusions, Mode.INFERENCE)
                    : model.forwardFeatures(BatchStep.constant(features.vectors(rows)), fusions, Mode.INFERENCE);
            for (int task = 0; task < logits.length; task++) {
                float[][] values = Tensors.copyRows(ofBatch.get(task).value());
                for (int i = 0; i < rows.length; i++) {
                    logits[task][rows[i]] = values[i];
                }
            }
        });
        return logits;
    }

    private interface Work {
        void on(int[] rows, Fusions fusions);
    }

    /** Batches of texts of like length, the longest first; each thread takes the next one. */
    private void forBatches(TokenizedDataset dataset, Work work) {
        List<int[]> batches = new TokenBudget(TOKENS_A_BATCH, ROWS_A_BATCH).batches(dataset.lengths());
        AtomicInteger next = new AtomicInteger();
        threads.onAll((thread, fusions) -> {
            try (NoGradients off = NoGradients.open()) {
                for (int i = next.getAndIncrement(); i < batches.size(); i = next.getAndIncrement()) {
                    try (StepScope step = threads.openScope(thread)) {
                        work.on(batches.get(i), fusions);
                    }
                }
            }
        });
    }

    /** The first of the largest. */
    static int argMax(float[] logits) {
        int best = 0;
        for (int c = 1; c < logits.length; c++) {
            best = logits[c] > logits[best] ? c : best;
        }
        return best;
    }

    /** -Σ q log softmax(z) / Σ w in float64, NaN without a label. */
    private static double crossEntropy(float[][] logits, Targets targets) {
        if (targets.totalWeight() == 0) {
            return Double.NaN;
        }
        double[][] distribution = targets.distribution(logits[0].length);
        double sum = 0;
        for (int row = 0; row < logits.length; row++) {
            double max = logits[row][argMax(Objects.requireNonNull(logits[row]))];
            double total = 0;
            for (float logit : logits[row]) {
                total += Math.exp(logit - max);
            }
            for (int c = 0; c < logits[row].length; c++) {
                sum -= distribution[row][c] * (logits[row][c] - max - Math.log(total));
            }
        }
        return sum / targets.totalWeight();
    }
}
