package dev.retort.train.dataset;

import java.util.Locale;

/** How labelled texts lie in a file. Blank lines are skipped in each. */
public enum DatasetFormat {
    /** A header, then rows; split at TAB and LF only, no quotes. */
    TSV,
    /** A header, then rows: RFC 4180. */
    CSV,
    /** A JSON object a line; its fields are the columns. */
    JSONL;

    /**
     * The format that a file's name says.
     *
     * @throws MalformedDatasetException if it says none
     */
    public static DatasetFormat of(String fileName) throws MalformedDatasetException {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".tsv")) {
            return TSV;
        }
        if (name.endsWith(".csv")) {
            return CSV;
        }
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
            return JSONL;
        }
        throw new MalformedDatasetException(
                fileName + ": unknown format: expected .tsv, .csv, .jsonl or .ndjson: rename it or name the format");
    }

    /** As it is spelled on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
