package dev.retort.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Standard error, where the libraries' log messages become lines like those of a failure: {@code WARN x: y} is {@code retort: warning: x:
 * y}. SLF4J's simple binding has no setting for it; it prints each message with one call.
 */
final class LogLines extends PrintStream {

    private static final Map<String, String> LEVELS = Map.of(
            "ERROR ", "error: ", "WARN ", "warning: ", "INFO ", "info: ", "DEBUG ", "debug: ", "TRACE ", "trace: ");

    LogLines(OutputStream out) {
        super(out, true, StandardCharsets.UTF_8);
    }

    @Override
    public void println(@Nullable String line) {
        String text = String.valueOf(line);
        for (Map.Entry<String, String> level : LEVELS.entrySet()) {
            if (text.startsWith(level.getKey())) {
                super.println("retort: " + level.getValue()
                        + text.substring(level.getKey().length()).strip().replaceAll("\\s*\\R\\s*", " "));
                return;
            }
        }
        super.println(text);
    }
}
