package dev.retort.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One line of the table, measured.
 *
 * @param value the figure that the target speaks of, or null if it was not taken; the note says why
 * @param busy the same beside one busy thread, or null where that says nothing
 * @param ours our side's own figure, or null
 * @param theirs the other side's own figure, or null
 * @param sideUnit of both
 */
record Finding(
        Claim claim,
        @Nullable Spread value,
        @Nullable Spread busy,
        @Nullable Side ours,
        @Nullable Side theirs,
        String sideUnit,
        String note) {

    /**
     * What one engine did.
     *
     * @param busy beside one busy thread, or null
     * @param kept what is left of its speed there, round by round, or null
     */
    record Side(
            Spread idle, @Nullable Spread busy, @Nullable Spread kept) {

        /** Without a busy thread. */
        static Side of(Spread idle) {
            return new Side(idle, null, null);
        }
    }

    /** A figure without sides. */
    static Finding of(Claim claim, Spread value, String note) {
        return new Finding(claim, value, null, null, null, "", note);
    }

    /** Two sides without a busy thread. */
    static Finding of(Claim claim, Spread value, Spread ours, Spread theirs, String sideUnit, String note) {
        return new Finding(claim, value, null, Side.of(ours), Side.of(theirs), sideUnit, note);
    }

    /** No figure, and why. */
    static Finding missing(Claim claim, @Nullable String reason) {
        return new Finding(claim, null, null, null, null, "", "not measured: " + reason);
    }

    /** The figure with its unit: what has none is a cosine or a correlation, of which the last digits count. */
    String shown() {
        if (value == null) {
            return "not measured";
        }
        return claim.unit().isEmpty() ? value.precise() : claim.inUnit(value);
    }

    /** {@code yes}, {@code no}, or nothing where there is no target or no figure. */
    String met() {
        if (claim.target() == null || value == null) {
            return "";
        }
        return claim.target().isMet(value.median()) ? "yes" : "no";
    }
}
