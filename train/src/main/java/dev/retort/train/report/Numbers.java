package dev.retort.train.report;

import java.util.Locale;

/** Numbers as a reader sees them; a dash where there is none. */
final class Numbers {

    static final String NONE = "–";

    private Numbers() {}

    /** With thousands separators. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** An accuracy, an F1, a loss: four digits after the point, or a power of ten where they would not do. */
    static String measure(double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "∞" : "-∞";
        }
        return String.format(Locale.ROOT, Math.abs(value) < 1e6 ? "%,.4f" : "%.3e", value);
    }

    /** A share in [0, 1] in per cent. */
    static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : NONE;
    }

    /** A share in [0, 1] in per cent, with a digit more: heads are a small part of a model. */
    static String finePercent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.2f %%", 100 * share) : NONE;
    }

    /** Seconds, or minutes and hours where there are many. */
    static String duration(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d min %d s", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%,d h %d min", whole / 3600, whole % 3600 / 60);
    }
}
