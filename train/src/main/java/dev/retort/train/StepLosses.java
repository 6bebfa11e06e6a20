package dev.retort.train;

/** The losses of one optimiser step, over its batches. */
final class StepLosses {

    private final Objective objective;
    private final double[] sums; // of Lₜ times the batch's labelled rows
    private final long[] labelled; // rows, by task
    private double total; // Σ L over the batches
    private int batches;
    private int rows;

    StepLosses(Objective objective) {
        int tasks = objective.losses().size();
        this.objective = objective;
        this.sums = new double[tasks];
        this.labelled = new long[tasks];
    }

    /** @param losses Lₜ of each task; without meaning where no row has a label */
    void add(BatchStep.TrainingBatch batch, double[] losses) {
        for (int task = 0; task < losses.length; task++) {
            int count = objective.labelledRows(task, batch.labels(task));
            if (count > 0) {
                sums[task] += losses[task] * count;
                labelled[task] += count;
                total += objective.weight(task) * losses[task];
            }
        }
        batches++;
        rows += batch.size();
    }

    /** Labelled rows of a task. */
    long labelled(int task) {
        return labelled[task];
    }

    /** Lₜ summed over the labelled rows. */
    double sum(int task) {
        return sums[task];
    }

    /** Lₜ, the mean of the batches' by their labelled rows; NaN without any. */
    double mean(int task) {
        return labelled[task] == 0 ? Double.NaN : sums[task] / labelled[task];
    }

    /** What was minimised: the mean of L over the batches. */
    double total() {
        return total / batches;
    }

    int batches() {
        return batches;
    }

    int rows() {
        return rows;
    }
}
