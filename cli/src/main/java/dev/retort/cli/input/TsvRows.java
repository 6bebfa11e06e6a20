package dev.retort.cli.input;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Split at TAB and line ends only: a quotation mark is a character like any other. */
final class TsvRows implements RowSource {

    private final Utf8Reader reader;
    private final Lines lines;
    private final String name;
    private final List<String> header;

    TsvRows(Utf8Reader reader, String name) throws IOException {
        this.reader = reader;
        this.name = name;
        this.lines = new Lines(reader, name);
        String first = lines.next();
        if (first == null) {
            throw new MalformedTextException(name + ": no header: the file is empty");
        }
        this.header = split(first);
    }

    private static List<String> split(String line) {
        return List.of(line.split("\t", -1));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> header() {
        return header;
    }

    @Override
    public @Nullable Row next() throws IOException {
        String line = lines.next();
        if (line == null) {
            return null;
        }
        List<String> cells = split(line);
        if (cells.size() != header.size()) {
            throw new MalformedTextException(lines.place() + ": expected " + header.size() + " columns, found "
                    + cells.size() + ": tab-separated values have no quotes and no line ends within a text");
        }
        return new Row(cells, lines.place());
    }

    @Override
    public boolean ready() throws IOException {
        return reader.ready();
    }

    @Override
    public long position() {
        return reader.position();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
