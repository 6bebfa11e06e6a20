package dev.retort.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The README's program, and what the README says that it prints. */
class FirstSentenceTest {

    private static final Path README = Path.of("..", "README.md");

    private final PrintStream console = System.out;
    private final Locale locale = Locale.getDefault();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        Locale.setDefault(Locale.ROOT);
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setOut(console);
        Locale.setDefault(locale);
    }

    @Test
    void main_run_printsWhatTheReadmeShows() throws IOException {
        FirstSentence.main(new String[0]);

        String output = printed.toString(StandardCharsets.UTF_8);
        assertThat(output).startsWith("1.0000  A cat sits on the mat");
        assertThat(Files.readString(README)).contains("```\n" + output.replace(System.lineSeparator(), "\n") + "```");
    }

    @Test
    void readme_program_isThisOne() throws IOException {
        String program = Files.readString(Path.of("src/main/java/dev/retort/examples/FirstSentence.java"));
        String body =
                program.substring(program.indexOf("        List<String> sentences"), program.lastIndexOf("    }\n}"));

        assertThat(Files.readString(README)).contains(body.stripTrailing().stripIndent());
    }
}
