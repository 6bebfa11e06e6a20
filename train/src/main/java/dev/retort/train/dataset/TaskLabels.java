package dev.retort.train.dataset;

import java.util.HashSet;
import java.util.List;

/**
 * A task and its classes. A label is a class's place in {@code names}.
 *
 * @param task its name, for example {@code topic}
 * @param names of the classes, in the order of the head's logits
 */
public record TaskLabels(String task, List<String> names) {

    public TaskLabels {
        names = List.copyOf(names);
        if (task.isBlank()) {
            throw new IllegalArgumentException("task: blank name: labels " + names);
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("task " + task + ": no labels");
        }
        if (new HashSet<>(names).size() < names.size()) {
            throw new IllegalArgumentException("task " + task + ": a label occurs twice: " + String.join(", ", names));
        }
        if (names.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("task " + task + ": a label is blank: " + String.join(", ", names));
        }
    }

    /** Number of classes, C. */
    public int classCount() {
        return names.size();
    }
}
