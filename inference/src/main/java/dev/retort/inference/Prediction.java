package dev.retort.inference;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answer to one task.
 *
 * @param label the most probable one; of equals the first
 * @param probabilities of all labels, in the task's order; they add up to one
 */
public record Prediction(String label, Map<String, Double> probabilities) {

    public Prediction {
        probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
    }

    /** The label's. */
    public double probability() {
        Double probability = probabilities.get(label);
        if (probability == null) {
            throw new IllegalStateException("prediction: no probability of " + label + " in " + probabilities);
        }
        return probability;
    }
}
