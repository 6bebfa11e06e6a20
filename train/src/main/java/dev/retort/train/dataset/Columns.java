package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a file are read.
 *
 * @param text the texts' column
 * @param tasks a column each, in the order of the labels
 * @param found whether the tasks were found, not declared
 * @param absent of {@code tasks}, those that the file lacks: each of their labels is missing
 */
record Columns(String text, List<TaskColumn> tasks, boolean found, List<TaskColumn> absent) {

    private static final List<String> TEXT_NAMES =
            List.of("text", "sentence", "content", "review", "comment", "utterance", "headline", "document");

    /**
     * @param name the file's name, for messages
     * @param columns all that the file has
     * @param open whether later rows may have others
     * @throws MalformedDatasetException if there is no text column, or none for a task that was declared
     */
    static Columns of(String name, List<String> columns, boolean open, ReadOptions options, Consumer<String> warnings)
            throws MalformedDatasetException {
        String text = options.textColumn();
        if (text == null) {
            text = textColumn(name, columns);
        } else if (!open) {
            require(name, columns, text);
        }
        List<TaskColumn> wanted = options.wanted();
        if (wanted.isEmpty()) {
            List<TaskColumn> others = new ArrayList<>();
            for (String column : columns) {
                if (!column.equals(text)) {
                    require(name, columns, column);
                    others.add(TaskColumn.of(column));
                }
            }
            if (others.isEmpty()) {
                throw new MalformedDatasetException(
                        name + ": no column of labels beside " + text + ": the header has " + list(columns));
            }
            return new Columns(text, others, true, List.of());
        }
        List<TaskColumn> absent = new ArrayList<>();
        for (TaskColumn task : wanted) {
            if (open) {
                continue;
            }
            if (columns.contains(task.column()) || options.requires(task)) {
                require(name, columns, task.column());
            } else {
                absent.add(task);
            }
        }
        if (absent.size() == wanted.size()) {
            throw new MalformedDatasetException(name + ": no column of a task: expected "
                    + list(wanted.stream().map(TaskColumn::column).toList()) + ", the header has " + list(columns)
                    + ": say which column a task has with TASK=COLUMN");
        }
        for (TaskColumn task : absent) {
            warnings.accept(name + ": no column " + task.column() + ": every label of task " + task.task()
                    + " is missing here: the header has " + list(columns));
        }
        return new Columns(text, wanted, false, absent);
    }

    private static String textColumn(String name, List<String> columns) throws MalformedDatasetException {
        for (String known : TEXT_NAMES) {
            for (String column : columns) {
                if (column.toLowerCase(Locale.ROOT).equals(known)) {
                    require(name, columns, column);
                    return column;
                }
            }
        }
        throw new MalformedDatasetException(
                name + ": which column holds the texts: the header has " + list(columns) + ": name it");
    }

    private static void require(String name, List<String> columns, String column) throws MalformedDatasetException {
        int times = Collections.frequency(columns, column);
        if (times == 0) {
            throw new MalformedDatasetException(name + ": no column " + column + ": the header has " + list(columns));
        }
        if (times > 1) {
            throw new MalformedDatasetException(name + ": two columns named " + column + ": rename one");
        }
    }

    private static String list(List<String> names) {
        return String.join(", ", names);
    }

    /** The text's column, then each task's that is there. */
    List<String> present() {
        List<String> present = new ArrayList<>(List.of(text));
        for (TaskColumn task : tasks) {
            if (!absent.contains(task)) {
                present.add(task.column());
            }
        }
        return present;
    }

    /** A task's label among the cells of {@link #present()}; null if there is none. */
    @Nullable
    String label(@Nullable String[] cells, int task) {
        if (absent.contains(tasks.get(task))) {
            return null;
        }
        int place = 1;
        for (int t = 0; t < task; t++) {
            place += absent.contains(tasks.get(t)) ? 0 : 1;
        }
        String cell = cells[place];
        return cell == null || cell.isBlank() ? null : cell.strip();
    }
}
