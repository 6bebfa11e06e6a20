package dev.retort.cli;

import dev.retort.inference.OutputPrecision;
import java.util.Locale;

/** {@link OutputPrecision} as it is spelled on the command line. */
enum PrecisionChoice {
    FLOAT(OutputPrecision.FLOAT),
    INT8(OutputPrecision.INT8),
    UINT8(OutputPrecision.UINT8),
    BINARY(OutputPrecision.BINARY),
    UBINARY(OutputPrecision.UBINARY);

    private final OutputPrecision precision;

    PrecisionChoice(OutputPrecision precision) {
        this.precision = precision;
    }

    OutputPrecision precision() {
        return precision;
    }

    /** How many numbers a vector of that many dimensions has. */
    int width(int dimensions) {
        return precision == OutputPrecision.BINARY || precision == OutputPrecision.UBINARY
                ? (dimensions + Byte.SIZE - 1) / Byte.SIZE
                : dimensions;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
