package dev.retort.cli.output;

import java.util.Locale;

/** How answers are written. */
public enum ClassificationFormat {
    /** A JSON object a line. */
    JSONL,
    /** A header, then a row a text: a column for each task's label, and one for each probability. */
    CSV;

    /** As it is spelled on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
