package dev.retort.train;

import dev.retort.autograd.fusion.Targets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a task's cross-entropy counts.
 *
 * @param weight λ, its factor in the sum of all losses
 * @param classWeights w, one a class, 0 or more, or null for ones
 * @param labelSmoothing s in [0, 1)
 */
public record TaskLoss(double weight, @Nullable List<Double> classWeights, double labelSmoothing) {

    public TaskLoss {
        classWeights = classWeights == null ? null : List.copyOf(classWeights);
        if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("loss weight: expected a number of 0 or more, got " + weight);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new IllegalArgumentException("label smoothing: expected a share in [0, 1), got " + labelSmoothing);
        }
        if (classWeights != null && !classWeights.stream().allMatch(w -> w >= 0 && w < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("class weights: expected numbers of 0 or more, got " + classWeights);
        }
    }

    /** What cross-entropy compares logits with. */
    Targets targets(int... labels) {
        List<Double> ofClasses = classWeights;
        double @Nullable [] weights = ofClasses == null
                ? null
                : ofClasses.stream().mapToDouble(Double::doubleValue).toArray();
        return Targets.of(labels).withClassWeights(weights).withLabelSmoothing(labelSmoothing);
    }

    /** Weight one, plain. */
    public static TaskLoss plain() {
        return new TaskLoss(1, null, 0);
    }
}
