package dev.retort.cli;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How closely two series agree, in -1..1; NaN where one of them is constant. */
final class Correlation {

    private Correlation() {}

    /** Pearson's r: Σ (x - x̄)(y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²). */
    static double pearson(double[] x, double[] y) {
        if (x.length != y.length || x.length < 2) {
            throw new IllegalArgumentException(
                    "correlation: expected two series of the same length, at least 2: " + x.length + ", " + y.length);
        }
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double together = 0;
        double squaresX = 0;
        double squaresY = 0;
        for (int i = 0; i < x.length; i++) {
            double dx = x[i] - meanX;
            double dy = y[i] - meanY;
            together += dx * dy;
            squaresX += dx * dx;
            squaresY += dy * dy;
        }
        return together / Math.sqrt(squaresX * squaresY);
    }

    /** Spearman's ρ: Pearson's r of the ranks, equal values sharing the mean of their ranks. */
    static double spearman(double[] x, double[] y) {
        return pearson(ranks(x), ranks(y));
    }

    static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        for (int begin = 0, end; begin < order.length; begin = end) {
            end = begin + 1;
            while (end < order.length && values[order[end]] == values[order[begin]]) {
                end++;
            }
            for (int i = begin; i < end; i++) {
                ranks[order[i]] = (begin + end + 1) / 2.0; // mean of the ranks begin + 1 .. end
            }
        }
        return ranks;
    }
}
