package dev.retort.train.dataset;

import java.util.Arrays;

/** What is kept of every row but its text: 12 bytes, and 4 for each task. */
final class RowTable {

    private final int taskCount;
    private long[] offsets = new long[64];
    private int[] lines = new int[64];
    private int[] labels;
    private int size;

    RowTable(int taskCount) {
        this.taskCount = taskCount;
        this.labels = new int[64 * taskCount];
    }

    void add(long offset, int line, int[] rowLabels) {
        if (size == offsets.length) {
            int capacity = Math.multiplyExact(size, 2);
            offsets = Arrays.copyOf(offsets, capacity);
            lines = Arrays.copyOf(lines, capacity);
            labels = Arrays.copyOf(labels, Math.multiplyExact(capacity, taskCount));
        }
        offsets[size] = offset;
        lines[size] = line;
        System.arraycopy(rowLabels, 0, labels, size * taskCount, taskCount);
        size++;
    }

    /** Gives back what was allocated ahead, and renames labels: of task t, label becomes {@code renamed[t][label]}. */
    void finish(int[][] renamed) {
        offsets = Arrays.copyOf(offsets, size);
        lines = Arrays.copyOf(lines, size);
        labels = Arrays.copyOf(labels, size * taskCount);
        for (int i = 0; i < labels.length; i++) {
            labels[i] = labels[i] == Example.MISSING ? Example.MISSING : renamed[i % taskCount][labels[i]];
        }
    }

    int size() {
        return size;
    }

    long offset(int row) {
        return offsets[row];
    }

    int line(int row) {
        return lines[row];
    }

    int label(int row, int task) {
        return labels[row * taskCount + task];
    }

    int[] labels(int row) {
        return Arrays.copyOfRange(labels, row * taskCount, (row + 1) * taskCount);
    }
}
