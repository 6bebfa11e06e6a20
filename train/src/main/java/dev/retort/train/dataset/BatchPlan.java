package dev.retort.train.dataset;

import java.util.Arrays;
import java.util.Objects;

/**
 * The batches of an epoch: rows, and where each batch begins among them. A pure function of what it was made from; every row occurs once.
 * Unless grouped by length, only the last batch may be short.
 */
public final class BatchPlan {

    private final int[] rows;
    private final int[] starts; // of each batch in rows, and the number of rows

    private BatchPlan(int[] rows, int[] starts) {
        this.rows = rows;
        this.starts = starts;
    }

    /** Rows as they stand: for evaluation. */
    public static BatchPlan inOrder(int rowCount, int batchSize) {
        int[] starts = starts(rowCount, batchSize);
        int[] rows = new int[rowCount];
        for (int i = 0; i < rowCount; i++) {
            rows[i] = i;
        }
        return new BatchPlan(rows, starts);
    }

    /** Rows in the epoch's order. */
    public static BatchPlan shuffled(int rowCount, int batchSize, long seed, long epoch) {
        int[] starts = starts(rowCount, batchSize);
        return new BatchPlan(RowOrder.shuffled(rowCount, seed, epoch, RowOrder.Site.ROWS), starts);
    }

    /**
     * Texts of like length together, so that a batch's work is even: the epoch's order is cut into buckets of so many batches, each is sorted
     * by length (equal ones stay in the epoch's order), cut into batches, and the batches of all buckets are shuffled.
     *
     * @param lengths of all rows, in tokens
     * @param bucketBatches 1 changes only the order within and of the batches; as many as there are sorts the whole epoch
     */
    public static BatchPlan groupedByLength(int[] lengths, int batchSize, int bucketBatches, long seed, long epoch) {
        requirePositive("bucketBatches", bucketBatches);
        int[] starts = starts(lengths.length, batchSize);
        int[] order = RowOrder.shuffled(lengths.length, seed, epoch, RowOrder.Site.ROWS);
        int bucketSize = (int) Math.min((long) batchSize * bucketBatches, Math.max(lengths.length, 1));
        for (int start = 0; start < order.length; start += bucketSize) {
            sortByLength(order, start, Math.min(start + bucketSize, order.length), lengths);
            if (order.length - start <= bucketSize) {
                break; // before start overflows
            }
        }
        int batchCount = starts.length - 1;
        int[] rows = new int[order.length];
        int[] shuffledStarts = new int[starts.length];
        int[] batches = RowOrder.shuffled(batchCount, seed, epoch, RowOrder.Site.BATCHES);
        for (int b = 0; b < batchCount; b++) {
            int from = starts[batches[b]];
            int size = starts[batches[b] + 1] - from;
            System.arraycopy(order, from, rows, shuffledStarts[b], size);
            shuffledStarts[b + 1] = shuffledStarts[b] + size;
        }
        return new BatchPlan(rows, shuffledStarts);
    }

    private static void sortByLength(int[] order, int from, int to, int[] lengths) {
        long[] keys = new long[to - from]; // length, then place: a stable sort of primitives
        for (int i = from; i < to; i++) {
            keys[i - from] = (long) lengths[order[i]] << 32 | i - from;
        }
        Arrays.sort(keys);
        int[] bucket = Arrays.copyOfRange(order, from, to);
        for (int i = from; i < to; i++) {
            order[i] = bucket[(int) keys[i - from]];
        }
    }

    private static int[] starts(int rowCount, int batchSize) {
        requirePositive("batchSize", batchSize);
        if (rowCount < 0) {
            throw new IllegalArgumentException("rowCount: expected at least 0, got " + rowCount);
        }
        int[] starts = new int[(int) (((long) rowCount + batchSize - 1) / batchSize) + 1];
        for (int b = 0; b < starts.length; b++) {
            starts[b] = (int) Math.min((long) b * batchSize, rowCount);
        }
        return starts;
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value);
        }
    }

    /** Number of batches. */
    public int batchCount() {
        return starts.length - 1;
    }

    /** Number of rows in all batches. */
    public int rowCount() {
        return rows.length;
    }

    /** The rows of a batch. */
    public int[] batch(int batch) {
        Objects.checkIndex(batch, batchCount());
        return Arrays.copyOfRange(rows, starts[batch], starts[batch + 1]);
    }
}
