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
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/training.md, and what it says that it prints. */
class FirstTrainingTest {

    private static final Path GUIDE = Path.of("..", "docs", "training.md");

    @TempDir
    Path folder;

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
    void main_run_printsWhatTheGuideShows() throws IOException {
        FirstTraining.main(new String[] {folder.resolve("model").toString()});

        String output = printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
        assertThat(output).contains("{topic=Science, ");
        assertThat(Files.readString(GUIDE)).contains("```\n" + output + "```");
    }

    @Test
    void guide_program_isThisOne() throws IOException {
        String program = Files.readString(Path.of("src/main/java/dev/retort/examples/FirstTraining.java"));
        String body = program.substring(program.indexOf("        Dataset train = "), program.lastIndexOf("    }\n}"));

        assertThat(Files.readString(GUIDE)).contains(body.stripTrailing().stripIndent());
    }
}
