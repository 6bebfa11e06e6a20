package dev.retort.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One line of the table before it is measured.
 *
 * @param row the name of the {@link Row} it belongs to
 * @param subject what is compared with what
 * @param target what the figure should be, or null where it only informs
 * @param unit of the figure: {@code x} for a ratio
 */
record Claim(String row, String subject, @Nullable Target target, String unit) {

    /** A ratio. */
    static Claim ratio(String row, String subject, @Nullable Target target) {
        return new Claim(row, subject, target, "x");
    }

    /** A number with the unit behind it. */
    String inUnit(Object number) {
        return number + (unit.isEmpty() || unit.equals("x") ? unit : " " + unit);
    }

    /** The same with more in its subject. */
    Claim with(String more) {
        return new Claim(row, subject + more, target, unit);
    }
}
