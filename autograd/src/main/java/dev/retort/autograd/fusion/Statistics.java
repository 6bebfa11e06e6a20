package dev.retort.autograd.fusion;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a tensor's elements look like. NaN and infinite elements are counted and left out of the other figures, which are NaN if nothing
 * else remains.
 *
 * @param count all elements
 * @param minimum of the finite ones
 * @param maximum of the finite ones
 * @param mean of the finite ones
 * @param standardDeviation of the finite ones, biased (divides by their number)
 * @param nanCount elements that are NaN
 * @param infiniteCount elements that are ∞ or -∞
 */
public record Statistics(
        long count,
        double minimum,
        double maximum,
        double mean,
        double standardDeviation,
        long nanCount,
        long infiniteCount) {

    /** Looks at every element, in float64. */
    public static Statistics of(INDArray tensor) {
        double[] elements = tensor.dup('c').data().asDouble();
        double minimum = Double.POSITIVE_INFINITY;
        double maximum = Double.NEGATIVE_INFINITY;
        double sum = 0;
        long nanCount = 0;
        long infiniteCount = 0;
        for (double element : elements) {
            if (Double.isFinite(element)) {
                minimum = Math.min(minimum, element);
                maximum = Math.max(maximum, element);
                sum += element;
            } else if (Double.isNaN(element)) {
                nanCount++;
            } else {
                infiniteCount++;
            }
        }
        long finiteCount = elements.length - nanCount - infiniteCount;
        if (finiteCount == 0) {
            return new Statistics(
                    elements.length, Double.NaN, Double.NaN, Double.NaN, Double.NaN, nanCount, infiniteCount);
        }
        double mean = sum / finiteCount;
        double squares = 0;
        for (double element : elements) {
            squares += Double.isFinite(element) ? (element - mean) * (element - mean) : 0;
        }
        return new Statistics(
                elements.length, minimum, maximum, mean, Math.sqrt(squares / finiteCount), nanCount, infiniteCount);
    }
}
