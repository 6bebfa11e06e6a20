package dev.retort.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The middle and both ends of a few measurements.
 *
 * @param median the upper one of two in the middle
 */
record Spread(double median, double least, double greatest) {

    static Spread of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("values: expected at least one");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    /** Of the quotients a[i] / b[i]: neighbours in time are compared, so that a machine that drifts drifts for both. */
    static Spread ofRatios(double[] a, double[] b) {
        return of(IntStream.range(0, a.length).mapToDouble(i -> a[i] / b[i]).toArray());
    }

    /** {@code 2.31 (2.10-2.45)}, three digits that count; one number if there was one measurement. */
    @Override
    public String toString() {
        if (least == greatest) {
            return digits(median);
        }
        return digits(median) + " (" + digits(least) + "-" + digits(greatest) + ")";
    }

    /** The middle alone, {@code 0.99987}. */
    String precise() {
        return String.format(Locale.ROOT, "%.5f", median);
    }

    private static String digits(double value) {
        int decimals = value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
