package dev.retort.cli;

import dev.retort.core.Precision;
import java.util.Locale;

/** {@link Precision} as it is spelled on the command line. */
enum ComputeChoice {
    F32(Precision.F32),
    BF16(Precision.BF16),
    INT8(Precision.INT8);

    private final Precision precision;

    ComputeChoice(Precision precision) {
        this.precision = precision;
    }

    Precision precision() {
        return precision;
    }

    /** How a precision is spelled. */
    static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return name(precision);
    }
}
