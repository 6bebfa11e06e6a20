package dev.retort.train.dataset;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is said about a file of labelled texts, rather than found in it.
 *
 * @param format null: what the file's name says
 * @param textColumn null: found by name ({@code text}, {@code sentence} ...)
 * @param tasks none: every column but the text's is a task, its classes sorted
 * @param known tasks of a model or of the training set: a column that one of {@code tasks} names, or else the column of its own name, is read
 *     with its classes; such a column may be absent
 * @param skippingBadRows whether a malformed row is a warning, not an error
 * @param mostBytesInMemory of a larger file only the places of its rows are kept, and rows are read when they are asked for
 */
public record ReadOptions(
        @Nullable DatasetFormat format,
        @Nullable String textColumn,
        List<TaskColumn> tasks,
        List<TaskLabels> known,
        boolean skippingBadRows,
        long mostBytesInMemory) {

    private static final long MOST_BYTES_IN_MEMORY = 256L << 20;

    public ReadOptions {
        tasks = List.copyOf(tasks);
        known = List.copyOf(known);
        Set<String> names = new HashSet<>();
        Set<String> columns = new HashSet<>();
        for (TaskColumn task : tasks) {
            if (!names.add(task.task()) || !columns.add(task.column())) {
                throw new IllegalArgumentException(
                        "tasks: " + task.task() + " or its column " + task.column() + " is named twice");
            }
            if (task.column().equals(textColumn)) {
                throw new IllegalArgumentException("tasks: column " + textColumn + " holds the texts");
            }
        }
        for (TaskColumn task : tasks) {
            if (!known.isEmpty()
                    && known.stream().noneMatch(labels -> labels.task().equals(task.task()))) {
                throw new IllegalArgumentException("tasks: unknown task " + task.task() + ": expected "
                        + known.stream().map(TaskLabels::task).collect(joining(", ")));
            }
        }
        if (mostBytesInMemory < 0) {
            throw new IllegalArgumentException("mostBytesInMemory: expected at least 0, got " + mostBytesInMemory);
        }
    }

    /** Everything is found in the file; a malformed row is an error; files over 256 MiB are read as they are used. */
    public static ReadOptions defaults() {
        return new ReadOptions(null, null, List.of(), List.of(), false, MOST_BYTES_IN_MEMORY);
    }

    public ReadOptions withFormat(DatasetFormat declared) {
        return new ReadOptions(declared, textColumn, tasks, known, skippingBadRows, mostBytesInMemory);
    }

    public ReadOptions withTextColumn(String column) {
        return new ReadOptions(format, column, tasks, known, skippingBadRows, mostBytesInMemory);
    }

    public ReadOptions withTasks(List<TaskColumn> columns) {
        return new ReadOptions(format, textColumn, columns, known, skippingBadRows, mostBytesInMemory);
    }

    /** For a dev or test file: the tasks and classes of the training set or of a model. */
    public ReadOptions withKnown(List<TaskLabels> labels) {
        return new ReadOptions(format, textColumn, tasks, labels, skippingBadRows, mostBytesInMemory);
    }

    public ReadOptions withSkippingBadRows(boolean skipping) {
        return new ReadOptions(format, textColumn, tasks, known, skipping, mostBytesInMemory);
    }

    public ReadOptions withMostBytesInMemory(long bytes) {
        return new ReadOptions(format, textColumn, tasks, known, skippingBadRows, bytes);
    }

    /** The tasks to read: the known ones, or those declared; none if they are to be found. */
    List<TaskColumn> wanted() {
        if (known.isEmpty()) {
            return tasks;
        }
        List<TaskColumn> wanted = new ArrayList<>();
        for (TaskLabels labels : known) {
            wanted.add(declared(labels.task()).withLabels(labels.names()));
        }
        return wanted;
    }

    /** Whether the column must be there: it was asked for by name. */
    boolean requires(TaskColumn column) {
        return tasks.stream().anyMatch(task -> task.task().equals(column.task()));
    }

    private TaskColumn declared(String name) {
        return tasks.stream()
                .filter(task -> task.task().equals(name))
                .findFirst()
                .orElseGet(() -> TaskColumn.of(name));
    }
}
