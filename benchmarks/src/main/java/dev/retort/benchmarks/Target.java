package dev.retort.benchmarks;

import java.util.Locale;

/** What a figure should be: between two bounds, which belong to it. */
record Target(double least, double greatest) {

    static Target atLeast(double bound) {
        return new Target(bound, Double.POSITIVE_INFINITY);
    }

    static Target atMost(double bound) {
        return new Target(Double.NEGATIVE_INFINITY, bound);
    }

    static Target between(double least, double greatest) {
        return new Target(least, greatest);
    }

    boolean isMet(double value) {
        return value >= least && value <= greatest;
    }

    /** {@code >= 1.4}, {@code <= 0.75} or {@code 0.85-1.15}. */
    @Override
    public String toString() {
        if (greatest == Double.POSITIVE_INFINITY) {
            return ">= " + digits(least);
        }
        return least == Double.NEGATIVE_INFINITY ? "<= " + digits(greatest) : digits(least) + "-" + digits(greatest);
    }

    private static String digits(double bound) {
        return String.format(Locale.ROOT, "%.4f", bound).replaceAll("\\.?0+$", "");
    }
}
