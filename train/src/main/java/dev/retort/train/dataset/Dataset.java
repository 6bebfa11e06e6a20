package dev.retort.train.dataset;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Labelled texts, each reached by its row: in memory, in a file that is read as rows are asked for, or a part of another set. Safe for
 * concurrent use. {@link #close} gives back a file; a part closes nothing.
 */
public interface Dataset extends AutoCloseable {

    /** Sets one after the other. Where they know different classes of a task, it gets all of them, sorted; a task that one lacks is missing there. */
    static Dataset concatenated(List<Dataset> datasets) {
        return datasets.size() == 1 ? datasets.get(0) : ConcatenatedDataset.of(datasets);
    }

    /** Where it comes from, for messages. */
    String name();

    /** The tasks that its labels belong to. */
    List<TaskLabels> tasks();

    /** Number of rows. */
    int size();

    /**
     * A row.
     *
     * @param row 0 to {@link #size()} - 1
     * @throws IndexOutOfBoundsException if there is no such row
     * @throws UncheckedIOException if its file cannot be read, or is no longer what it was
     */
    Example get(int row);

    /**
     * A row's label of a task, without its text.
     *
     * @param row 0 to {@link #size()} - 1
     * @param task its place in {@link #tasks()}
     * @return a class, or {@link Example#MISSING}
     */
    int label(int row, int task);

    /** A number that another text, label, order or class changes: a training that goes on compares it. */
    long fingerprint();

    /** Some of the rows, in the given order. */
    default Dataset part(int[] rows) {
        return new DatasetPart(this, rows);
    }

    /** Rows by label, one entry a task. */
    default List<LabelCounts> labelCounts() {
        List<LabelCounts> all = new ArrayList<>();
        for (int t = 0; t < tasks().size(); t++) {
            int[] counts = new int[tasks().get(t).classCount()];
            int missing = 0;
            for (int row = 0; row < size(); row++) {
                int label = label(row, t);
                if (label == Example.MISSING) {
                    missing++;
                } else {
                    counts[label]++;
                }
            }
            all.add(new LabelCounts(
                    tasks().get(t), Arrays.stream(counts).boxed().toList(), missing));
        }
        return all;
    }

    @Override
    default void close() {}
}
