package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ComparisonTest {

    private final StringWriter table = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @Test
    void execute_list_printsEveryRow() {
        assertThat(execute("--list")).isZero();
        assertThat(table.toString()).contains("one-text", "million", "djl");
    }

    @Test
    void execute_unknownRow_isAUsageErrorWithTheNames() {
        assertThat(execute("--only", "latency")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(errors.toString()).contains("no name begins with latency", "one-text");
    }

    @Test
    void execute_quickAndFull_isAUsageError() {
        assertThat(execute("--quick", "--full")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(errors.toString()).contains("--quick and --full");
    }

    private int execute(String... arguments) {
        return new CommandLine(new Comparison().to(new PrintWriter(table, true), new PrintWriter(errors, true)))
                .setErr(new PrintWriter(errors, true))
                .execute(arguments);
    }
}
