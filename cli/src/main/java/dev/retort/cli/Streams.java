package dev.retort.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command reads from and writes to.
 *
 * @param in standard input
 * @param out standard output, unbuffered: see {@link #print}
 * @param err standard error
 * @param terminals which of them are terminals
 */
record Streams(InputStream in, OutputStream out, PrintStream err, Terminals terminals) {

    /** A line of what is odd but not wrong. */
    void warn(String message) {
        err.println("retort: warning: " + OneLine.escaped(message));
    }

    /** A printer to standard output, for tables and reports. Flush it when done. */
    PrintStream print() {
        return new PrintStream(out, false, StandardCharsets.UTF_8);
    }
}
