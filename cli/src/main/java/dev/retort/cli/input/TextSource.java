package dev.retort.cli.input;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts, one at a time. */
public interface TextSource extends AutoCloseable {

    /** Texts given on the command line. */
    static TextSource ofArguments(List<String> texts) {
        return new ArgumentTexts(texts);
    }

    /**
     * Texts of a stream.
     *
     * @param name the file's name, for messages
     * @param field the column of TSV and CSV, the field of JSON lines; null for lines, and for JSON lines that are strings
     * @throws MalformedTextException if there is no such column
     */
    static TextSource open(InputStream in, String name, InputFormat format, @Nullable String field) throws IOException {
        return switch (format) {
            case LINES -> new LineTexts(in, name);
            case JSONL -> new JsonTexts(in, name, field);
            case TSV, CSV -> {
                RowSource rows = RowSource.open(in, name, format);
                if (field == null) {
                    throw new MalformedTextException(name + ": which column holds the texts: the header has "
                            + String.join(", ", rows.header()) + ": choose one with --field");
                }
                yield new ColumnTexts(rows, rows.column(field));
            }
        };
    }

    /** The next text; null after the last. */
    @Nullable
    PlacedText next() throws IOException;

    /** Whether the next text has begun to arrive: reading it is unlikely to wait. */
    boolean ready() throws IOException;

    /** How much has been read: bytes, or texts where these are arguments. */
    long position();

    @Override
    void close() throws IOException;
}
