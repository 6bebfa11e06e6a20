package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogLinesTest {

    private static String printed(String line) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new LogLines(bytes).println(line);
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void println_logMessage_isALineOfTheProgram() {
        assertThat(printed("WARN default model: cannot be cached: é"))
                .isEqualTo("retort: warning: default model: cannot be cached: é\n");
        assertThat(printed("INFO  two\n  lines\n")).isEqualTo("retort: info: two lines\n");
    }

    @Test
    void println_anythingElse_isKept() {
        assertThat(printed("retort: a: b")).isEqualTo("retort: a: b\n");
        assertThat(printed("WARNING\nx")).isEqualTo("WARNING\nx\n");
    }
}
