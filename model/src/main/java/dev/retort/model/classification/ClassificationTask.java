package dev.retort.model.classification;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A question that a text is asked, and the head that answers it.
 *
 * @param name letters, digits, {@code _} and {@code -}: it stands in parameters' names
 * @param labels the answers, in the order of the head's outputs; two at least, each once
 * @param head the layers
 */
public record ClassificationTask(String name, List<String> labels, HeadShape head) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    public ClassificationTask {
        labels = List.copyOf(labels);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "task: expected a name of letters, digits, _ and -, got \"" + name + '"');
        }
        if (labels.size() < 2) {
            throw new IllegalArgumentException("task " + name + ": expected two labels at least, got " + labels);
        }
        if (new HashSet<>(labels).size() != labels.size()) {
            throw new IllegalArgumentException("task " + name + ": expected different labels, got " + labels);
        }
    }

    /** C. */
    public int classCount() {
        return labels.size();
    }
}
