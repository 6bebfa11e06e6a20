package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The labels of a task while its file is read: those declared, or those met so far. */
final class LabelNames {

    /** Of a column that nobody called a task: more different values mean that it is none. */
    static final int MOST_FOUND_CLASSES = 100;

    private final TaskColumn task;
    private final boolean found;
    private final Map<String, Integer> numbers = new LinkedHashMap<>();
    private final List<Integer> rows = new ArrayList<>();

    /** @param found whether the column was found, not declared to hold labels */
    LabelNames(TaskColumn task, boolean found) {
        this.task = task;
        this.found = found;
        for (String label : task.labels()) {
            numbers.put(label, numbers.size());
            rows.add(0);
        }
    }

    /**
     * The number of a label, for the time being.
     *
     * @param place {@code file:line}
     * @throws MalformedDatasetException if it is not one of those declared
     */
    int number(@Nullable String label, String place) throws MalformedDatasetException {
        if (label == null) {
            return Example.MISSING;
        }
        Integer number = numbers.get(label);
        if (number == null) {
            if (!task.labels().isEmpty()) {
                throw new MalformedDatasetException(place + ": task " + task.task() + ": unknown label " + label
                        + ": expected " + String.join(", ", task.labels()));
            }
            number = numbers.size();
            numbers.put(label, number);
            rows.add(0);
        }
        return number;
    }

    /**
     * Counts a row that has been taken.
     *
     * @throws MalformedDatasetException if the column, which nobody called a task, cannot be one
     */
    void count(int number, String place) throws MalformedDatasetException {
        if (found && numbers.size() > MOST_FOUND_CLASSES) {
            throw new MalformedDatasetException(place + ": column " + task.column() + " has more than "
                    + MOST_FOUND_CLASSES + " different values: these are no labels: name the columns of the tasks");
        }
        if (number != Example.MISSING) {
            rows.set(number, rows.get(number) + 1);
        }
    }

    /**
     * The classes in their order.
     *
     * @param name the file's, for messages
     * @throws MalformedDatasetException if no row has a label
     */
    TaskLabels finish(String name, Consumer<String> warnings) throws MalformedDatasetException {
        if (!task.labels().isEmpty() && rows.stream().allMatch(count -> count == 0)) {
            warnings.accept(name + ": column " + task.column() + ": no row has a label of task " + task.task());
            return new TaskLabels(task.task(), task.labels());
        }
        List<String> names = new ArrayList<>();
        Map<String, String> folded = new TreeMap<>();
        for (Map.Entry<String, Integer> entry : numbers.entrySet()) {
            String label = entry.getKey();
            if (rows.get(entry.getValue()) == 0) {
                if (!task.labels().contains(label)) {
                    continue; // it stood in a row that was skipped
                }
                warnings.accept(name + ": task " + task.task() + ": no row is labelled " + label);
            }
            names.add(label);
            String other = folded.put(label.toLowerCase(Locale.ROOT), label);
            if (other != null) {
                warnings.accept(
                        name + ": task " + task.task() + ": two labels differ in case only: " + other + ", " + label);
            }
        }
        if (names.isEmpty()) {
            throw new MalformedDatasetException(
                    name + ": column " + task.column() + ": no row has a label of task " + task.task());
        }
        if (names.size() == 1) {
            warnings.accept(name + ": task " + task.task() + ": every label is " + names.get(0));
        }
        if (task.labels().isEmpty()) {
            names.sort(null);
        }
        return new TaskLabels(task.task(), names);
    }

    /** For each number that was given, the class's place in {@code labels}. */
    int[] places(TaskLabels labels) {
        return numbers.keySet().stream().mapToInt(labels.names()::indexOf).toArray();
    }
}
