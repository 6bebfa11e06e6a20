package dev.retort.cli.input;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A text a line. An empty line is a text too, so that rows and lines keep the same numbers. */
final class LineTexts implements TextSource {

    private final Utf8Reader reader;
    private final Lines lines;

    LineTexts(InputStream in, String name) {
        this.reader = new Utf8Reader(in, name);
        this.lines = new Lines(reader, name);
    }

    @Override
    public @Nullable PlacedText next() throws IOException {
        String line = lines.next();
        return line == null ? null : new PlacedText(line, lines.place());
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
