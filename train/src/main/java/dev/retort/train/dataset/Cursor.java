package dev.retort.train.dataset;

/**
 * Where a training stands in its data: the batch that comes next. With the seed and the data set it determines all that follows.
 *
 * @param epoch from 0
 * @param batch of the epoch's {@link BatchPlan}, from 0
 */
public record Cursor(int epoch, int batch) {

    /** Before the first batch. */
    public static final Cursor START = new Cursor(0, 0);

    public Cursor {
        if (epoch < 0 || batch < 0) {
            throw new IllegalArgumentException("cursor: expected at least 0, got epoch " + epoch + ", batch " + batch);
        }
    }

    /**
     * One batch on; after an epoch's last, the first of the next.
     *
     * @throws IllegalArgumentException if the epoch has no such batch as this
     */
    public Cursor next(BatchPlan plan) {
        if (batch >= plan.batchCount()) {
            throw new IllegalArgumentException("cursor: epoch " + epoch + " has " + plan.batchCount()
                    + " batches, the next one would be number " + batch + ": was it another data set or batch size");
        }
        return batch + 1 < plan.batchCount() ? new Cursor(epoch, batch + 1) : new Cursor(epoch + 1, 0);
    }
}
