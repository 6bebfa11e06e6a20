package dev.retort.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A command run within the test.
 *
 * @param code its exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Run(int code, String out, String err) {

    static Run of(String... arguments) {
        return withInput("", arguments);
    }

    static Run withInput(String input, String... arguments) {
        return withInput(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static Run withInput(byte[] input, String... arguments) {
        return of(new ByteArrayInputStream(input), new ByteArrayOutputStream(), Terminals.none(), Map.of(), arguments);
    }

    static Run onTerminals(Terminals terminals, Map<String, String> environment, String... arguments) {
        return of(InputStream.nullInputStream(), new ByteArrayOutputStream(), terminals, environment, arguments);
    }

    static Run of(
            InputStream in,
            OutputStream out,
            Terminals terminals,
            Map<String, String> environment,
            String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Streams streams = new Streams(in, out, new PrintStream(err, true, StandardCharsets.UTF_8), terminals);
        int code = Main.run(streams, environment, arguments);
        String written = out instanceof ByteArrayOutputStream bytes ? bytes.toString(StandardCharsets.UTF_8) : "";
        return new Run(code, written, err.toString(StandardCharsets.UTF_8));
    }

    List<String> lines() {
        return out.lines().toList();
    }

    /** Terminals where the given streams are some. */
    record Terminal(boolean in, boolean out, boolean err, int width) implements Terminals {}
}
