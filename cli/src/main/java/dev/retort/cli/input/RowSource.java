package dev.retort.cli.input;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of a table with a header, one at a time. */
public interface RowSource extends AutoCloseable {

    /**
     * A row.
     *
     * @param cells as many as the header has
     * @param place {@code file:line} of its start
     */
    record Row(List<String> cells, String place) {

        public Row {
            cells = List.copyOf(cells);
        }
    }

    /**
     * Rows of a TSV or CSV stream.
     *
     * @param name the file's name, for messages
     * @param format {@link InputFormat#TSV} or {@link InputFormat#CSV}
     * @throws MalformedTextException if there is no header
     */
    static RowSource open(InputStream in, String name, InputFormat format) throws IOException {
        Utf8Reader reader = new Utf8Reader(in, name);
        return switch (format) {
            case TSV -> new TsvRows(reader, name);
            case CSV -> new CsvRows(reader, name);
            case LINES, JSONL -> throw new IllegalArgumentException("format: " + format + " has no rows");
        };
    }

    /** The file's name. */
    String name();

    /** The names of the columns. */
    List<String> header();

    /**
     * The next row; null after the last.
     *
     * @throws MalformedTextException if it has fewer or more cells than the header
     */
    @Nullable
    Row next() throws IOException;

    /** Whether the next row can be read without waiting. */
    boolean ready() throws IOException;

    /** Bytes read so far. */
    long position();

    /**
     * The place of a column in each row.
     *
     * @throws MalformedTextException if there is none of that name, or two
     */
    default int column(String column) throws MalformedTextException {
        int place = header().indexOf(column);
        if (place < 0) {
            throw new MalformedTextException(
                    name() + ": no column " + column + ": the header has " + String.join(", ", header()));
        }
        if (place != header().lastIndexOf(column)) {
            throw new MalformedTextException(name() + ": two columns named " + column + ": rename one");
        }
        return place;
    }

    @Override
    void close() throws IOException;
}
