package dev.retort.train.dataset;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many rows have which label of a task.
 *
 * @param task the task
 * @param counts one a class, in their order
 * @param missing rows without a label of this task
 */
public record LabelCounts(TaskLabels task, List<Integer> counts, int missing) {

    public LabelCounts {
        counts = List.copyOf(counts);
    }

    /** Rows that have a label. */
    public int labelled() {
        return counts.stream().mapToInt(Integer::intValue).sum();
    }

    /** For example {@code topic: Technology 90, Science 90, Other 90; none 4}. */
    @Override
    public String toString() {
        return IntStream.range(0, counts.size())
                        .mapToObj(c -> task.names().get(c) + " " + counts.get(c))
                        .collect(Collectors.joining(", ", task.task() + ": ", ""))
                + (missing == 0 ? "" : "; none " + missing);
    }
}
