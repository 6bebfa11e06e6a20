package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    @Test
    void version_saysWhatRuns() {
        Run run = Run.of("--version");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(3);
        assertThat(run.lines().get(0)).matches("retort \\d+\\.\\d+\\.\\d+.*");
        assertThat(run.lines().get(1)).startsWith("Java " + System.getProperty("java.version"));
        assertThat(run.lines().get(2)).matches("ND4J \\d.*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed", "similarity", "inspect", "eval sts", "parity", "convert", "bench"})
    void help_ofACommand_explainsItWithExamples(String command) {
        String[] words = (command + " --help").split(" ");
        Run run = Run.of(words);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith("Usage: retort " + command + " ")
                .containsPattern("Examples?:\n  retort " + command + " ")
                .doesNotContain("\u001b")
                .doesNotContain("${");
        assertThat(run.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void help_command_isTheSame() {
        assertThat(Run.of("help", "embed").out())
                .isEqualTo(Run.of("embed", "--help").out());
        assertThat(Run.of("help").out()).isEqualTo(Run.of("--help").out()).contains("embed", "convert");
    }

    @Test
    void help_onATerminal_hasColoursUnlessToldNotTo() {
        Terminals terminal = new Run.Terminal(false, true, true, 120);
        assertThat(Run.onTerminals(terminal, Map.of(), "--help").out()).contains("\u001b[");
        assertThat(Run.onTerminals(terminal, Map.of("NO_COLOR", "1"), "--help").out())
                .doesNotContain("\u001b");
        assertThat(Run.onTerminals(terminal, Map.of("TERM", "dumb"), "--help").out())
                .doesNotContain("\u001b");
        assertThat(Run.onTerminals(new Run.Terminal(true, false, true, 120), Map.of(), "--help")
                        .out())
                .doesNotContain("\u001b");
    }

    @Test
    void noCommand_isAUsageErrorWithHelp() {
        for (Run run : List.of(Run.of(), Run.of("eval"))) {
            assertThat(run.code()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err()).startsWith("Usage: retort");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed", "similarity", "eval sts", "parity"})
    void help_ofACommandWithAModel_namesWhatItComputesIn(String command) {
        assertThat(Run.of((command + " --help").split(" ")).out().replaceAll("\\s+", " "))
                .contains("--compute=TYPE", "f32, bf16, int8", "--allow-fallback", "--threads=N");
    }

    @Test
    void unknownCommand_suggestsOne() {
        Run run = Run.of("embde", "text");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToNormalizingNewlines(
                        "retort: unknown command: embde: did you mean embed?: see 'retort --help'\n");
    }

    @Test
    void unknownOption_isAUsageError() {
        Run run = Run.of("embed", "--modle", "x");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).startsWith("retort: unknown option: --modle").endsWith("see 'retort embed --help'\n");
        assertThat(Run.of("embed", "-5 degrees").err()).contains("put -- before a text that begins with a dash");
    }

    @Test
    void invalidValues_areUsageErrors() {
        assertThat(Run.of("embed", "a", "--threads", "0"))
                .isEqualTo(new Run(
                        2,
                        "",
                        "retort: invalid value for option '--threads': expected a positive whole number, got '0': see"
                                + " 'retort embed --help'\n"));
        assertThat(Run.of("embed", "a", "--truncation", "cut").err())
                .isEqualTo("retort: invalid value for option '--truncation': expected one of [truncate, error,"
                        + " split-average], got 'cut': see 'retort embed --help'\n");
    }

    @Test
    void missingArguments_areUsageErrors() {
        for (List<String> words : List.of(
                List.of("inspect"),
                List.of("similarity", "one"),
                List.of("eval", "sts"),
                List.of("parity"),
                List.of("convert", "x"))) {
            Run run = Run.of(words.toArray(String[]::new));
            assertThat(run.code()).as("%s", words).isEqualTo(2);
            assertThat(run.err()).as("%s", words).startsWith("retort: ").hasLineCount(1);
        }
    }

    @Test
    void verbose_showsTheTrace_beforeAndAfterTheCommand() {
        assertThat(Run.of("inspect", "/no/such").err()).hasLineCount(1);
        for (Run run :
                List.of(Run.of("--verbose", "inspect", "/no/such"), Run.of("inspect", "/no/such", "--verbose"))) {
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("retort: /no/such: no such folder: ")
                    .contains("CommandFailedException", "\tat dev.retort.cli.");
        }
    }

    @Test
    void completion_isAScript() {
        Run run = Run.of("generate-completion");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("complete -F _complete_retort", "--truncation", "split-average", "--compute", "--quick");
    }

    private static OutputStream failing(String message) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(message);
            }
        };
    }

    @Test
    void output_whoseReaderHasGone_endsQuietly() {
        Run run = Run.of(InputStream.nullInputStream(), failing("Broken pipe"), Terminals.none(), Map.of(), "--help");
        assertThat(run.code()).isEqualTo(141);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void output_thatCannotBeWritten_isAFailure() {
        Run run = Run.of(
                InputStream.nullInputStream(),
                failing("No space left on device"),
                Terminals.none(),
                Map.of(),
                "--version");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("retort: standard output: cannot be written: No space left on device\n");
    }

    @Test
    void output_isUtf8_whateverThePlatformSays() {
        Run run = Run.of("embed", "a", "--model", "/no/such/é東");
        assertThat(run.err().getBytes(StandardCharsets.UTF_8)).contains("é東".getBytes(StandardCharsets.UTF_8));
    }
}
