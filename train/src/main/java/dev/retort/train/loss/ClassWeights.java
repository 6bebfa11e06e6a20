package dev.retort.train.loss;

import java.util.List;

/** Weights of classes in a loss. */
public final class ClassWeights {

    private ClassWeights() {}

    /**
     * Weights under which every class counts alike, however often it occurs: n / (C nc), n labelled rows, nc of them of class c, C classes.
     * Over all rows their mean is one. scikit-learn's {@code class_weight="balanced"} (King and Zeng 2001, "Logistic regression in rare
     * events data").
     *
     * @param counts nc, one a class
     * @throws IllegalArgumentException if a class has no row, for then no weight would do
     */
    public static List<Double> balanced(List<Integer> counts) {
        long rows = counts.stream().mapToLong(Integer::longValue).sum();
        if (counts.isEmpty() || counts.stream().anyMatch(count -> count <= 0)) {
            throw new IllegalArgumentException(
                    "class weights: balanced ones need a row of each class at least, got counts " + counts);
        }
        return counts.stream()
                .map(count -> rows / ((double) counts.size() * count))
                .toList();
    }
}
