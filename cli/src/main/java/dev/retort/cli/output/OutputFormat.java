package dev.retort.cli.output;

import java.util.Locale;

/** How vectors are written. */
public enum OutputFormat {
    /** A JSON object a line. */
    JSONL,
    /** A header, then a row a vector, a column a dimension. */
    CSV,
    /** A NumPy array, (N, E). */
    NPY;

    /** As it is spelled on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
