package dev.retort.inference;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The answers to all tasks for one text.
 *
 * @param predictions by the task's name, in the tasks' order
 * @param truncated whether the text was longer than the model's limit and was cut
 */
public record Classification(Map<String, Prediction> predictions, boolean truncated) {

    public Classification {
        predictions = Collections.unmodifiableMap(new LinkedHashMap<>(predictions));
    }

    /**
     * The answer to one task.
     *
     * @throws IllegalArgumentException if there is no such task, with those there are
     */
    public Prediction of(String task) {
        Prediction prediction = predictions.get(task);
        if (prediction == null) {
            throw new IllegalArgumentException(
                    "task: there is none named " + task + ", the model has " + predictions.keySet());
        }
        return prediction;
    }

    /** The joint answer: the label of each task. */
    public Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        predictions.forEach((task, prediction) -> labels.put(task, prediction.label()));
        return labels;
    }

    /** The joint answer's probability: the product over the tasks, whose heads answer independently of each other. */
    public double jointProbability() {
        double product = 1;
        for (Prediction prediction : predictions.values()) {
            product *= prediction.probability();
        }
        return product;
    }
}
