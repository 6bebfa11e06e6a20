package dev.retort.cli.input;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lines that end in LF, or CR LF; nothing else ends a line. */
final class Lines {

    private static final int MOST_CHARACTERS = 1 << 24; // a file without line ends must not fill the memory

    private final Utf8Reader reader;
    private final String name;
    private long number;

    Lines(Utf8Reader reader, String name) {
        this.reader = reader;
        this.name = name;
    }

    /** The next line without its end; null after the last. */
    @Nullable
    String next() throws IOException {
        int c = reader.read();
        if (c < 0) {
            return null;
        }
        number++;
        StringBuilder line = new StringBuilder();
        for (; c >= 0 && c != '\n'; c = reader.read()) {
            if (line.length() == MOST_CHARACTERS) {
                throw new MalformedTextException(
                        place() + ": line too long: over " + MOST_CHARACTERS + " characters: put a text on each line");
            }
            line.append((char) c);
        }
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') {
            line.setLength(last);
        }
        return line.toString();
    }

    /** {@code file:line} of the line that was read last. */
    String place() {
        return name + ":" + number;
    }
}
