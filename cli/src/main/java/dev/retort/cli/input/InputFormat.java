package dev.retort.cli.input;

import java.util.Locale;

/** How texts lie in a file. */
public enum InputFormat {
    /** A text a line; the empty line is the empty text. */
    LINES,
    /** A header, then rows; split at TAB and LF only, no quotes. */
    TSV,
    /** A header, then rows: RFC 4180. */
    CSV,
    /** A JSON value a line; blank lines are skipped. */
    JSONL;

    /** The format that a file's name says; lines if it says none. */
    public static InputFormat of(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".tsv")) {
            return TSV;
        }
        if (name.endsWith(".csv")) {
            return CSV;
        }
        return name.endsWith(".jsonl") || name.endsWith(".ndjson") ? JSONL : LINES;
    }

    /** As it is spelled on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
