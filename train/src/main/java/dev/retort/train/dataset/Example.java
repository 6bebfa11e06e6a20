package dev.retort.train.dataset;

import dev.retort.autograd.fusion.Targets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text and its label in each task.
 *
 * @param text never blank
 * @param labels one for each of the data set's tasks, in their order: a class, or {@link #MISSING}
 * @param place for messages: {@code file:line}
 */
public record Example(String text, int[] labels, String place) {

    /** What stands for a label that is not there: what cross-entropy ignores. */
    public static final int MISSING = Targets.IGNORED;

    public Example {
        labels = labels.clone();
    }

    @Override
    public int[] labels() {
        return labels.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Example that
                && text.equals(that.text)
                && Arrays.equals(labels, that.labels)
                && place.equals(that.place);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text, Arrays.hashCode(labels), place);
    }

    @Override
    public String toString() {
        return place + ": " + Arrays.toString(labels) + " " + text;
    }
}
