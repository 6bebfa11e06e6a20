package dev.retort.autograd.fusion;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What cross-entropy compares logits with: PyTorch's {@code functional.cross_entropy} with reduction "mean".
 *
 * @param labels (B), a class each, or {@link #IGNORED}
 * @param classWeights w, (C), or null for ones
 * @param labelSmoothing s in [0, 1): the target is (1 - s) one-hot + s/C
 */
public record Targets(int[] labels, double @Nullable [] classWeights, double labelSmoothing) {

    /** A row that has no label: it counts in neither sum. */
    public static final int IGNORED = -100;

    public Targets {
        labels = labels.clone();
        classWeights = classWeights == null ? null : classWeights.clone();
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new IllegalArgumentException("labelSmoothing: expected a number in [0, 1), got " + labelSmoothing);
        }
    }

    /** Unweighted, not smoothed. */
    public static Targets of(int... labels) {
        return new Targets(labels, null, 0);
    }

    /** The same with class weights, or without any. */
    public Targets withClassWeights(double @Nullable [] weights) {
        return new Targets(labels, weights, labelSmoothing);
    }

    /** The same with another label smoothing. */
    public Targets withLabelSmoothing(double smoothing) {
        return new Targets(labels, classWeights, smoothing);
    }

    /** Σ w of the labels that are not ignored: the divisor of the mean. Zero if there is no label. */
    public double totalWeight() {
        double total = 0;
        for (int label : labels) {
            total += label == IGNORED ? 0 : classWeight(label);
        }
        return total;
    }

    /**
     * The weighted target distribution q, so that the loss is -Σ q ⊙ log softmax(logits) / {@link #totalWeight()}.
     *
     * <pre>q[b, c] = w[c] ((1 - s) [c = label_b] + s/C), and 0 in an ignored row</pre>
     *
     * @param classCount C
     * @return (B, C)
     * @throws IllegalArgumentException if a label is neither a class nor ignored, or there is not one weight a class
     */
    public double[][] distribution(int classCount) {
        if (classWeights != null && classWeights.length != classCount) {
            throw new IllegalArgumentException(
                    "classWeights: expected " + classCount + ", one a class, got " + classWeights.length);
        }
        double[][] q = new double[labels.length][classCount];
        for (int b = 0; b < labels.length; b++) {
            if (labels[b] == IGNORED) {
                continue;
            }
            if (labels[b] < 0 || labels[b] >= classCount) {
                throw new IllegalArgumentException("labels: row " + b + ": expected 0.." + (classCount - 1) + " or "
                        + IGNORED + ", got " + labels[b]);
            }
            Arrays.fill(q[b], labelSmoothing / classCount);
            q[b][labels[b]] += 1 - labelSmoothing;
            for (int c = 0; c < classCount; c++) {
                q[b][c] *= classWeight(c);
            }
        }
        return q;
    }

    private double classWeight(int label) {
        return classWeights == null ? 1 : classWeights[label];
    }
}
