package dev.retort.train.dataset;

import java.util.List;

/**
 * Which column of a file holds a task's labels.
 *
 * @param task the task's name
 * @param column the column's name; often the same
 * @param labels the classes in order; none: those that the file has, sorted
 */
public record TaskColumn(String task, String column, List<String> labels) {

    public TaskColumn {
        labels = List.copyOf(labels);
        if (task.isBlank() || column.isBlank()) {
            throw new IllegalArgumentException("task: expected NAME or NAME=COLUMN, got " + task + "=" + column);
        }
        if (!labels.isEmpty()) {
            new TaskLabels(task, labels); // checks them
        }
    }

    /** A task whose column has its name. */
    public static TaskColumn of(String task) {
        return new TaskColumn(task, task, List.of());
    }

    /**
     * As it is spelled on the command line: {@code NAME} or {@code NAME=COLUMN}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static TaskColumn parse(String spelled) {
        int sign = spelled.indexOf('=');
        return sign < 0
                ? of(spelled.strip())
                : new TaskColumn(
                        spelled.substring(0, sign).strip(),
                        spelled.substring(sign + 1).strip(),
                        List.of());
    }

    /** This column with its classes in order. */
    public TaskColumn withLabels(List<String> names) {
        return new TaskColumn(task, column, names);
    }
}
