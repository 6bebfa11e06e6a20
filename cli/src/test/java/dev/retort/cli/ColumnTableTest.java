package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnTableTest {

    private static String printed(int width) {
        ColumnTable table = new ColumnTable("scenario");
        table.group("trained", "%");
        table.group("topic", "F1");
        table.group("joint");
        table.row(List.of("full", "1,234", "100.00", "0.9", "0.8", "0.7"));
        table.row(List.of("heads-only", "12", "0.97", "0.6", "0.5", "0.4"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), width);
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void print_wideTerminal_isOneBlock() {
        String whole = """
                scenario    trained       %  topic   F1  joint
                full          1,234  100.00    0.9  0.8    0.7
                heads-only       12    0.97    0.6  0.5    0.4
                """;
        assertThat(printed(Integer.MAX_VALUE)).isEqualTo(whole);
        assertThat(printed(46)).isEqualTo(whole);
    }

    @Test
    void print_narrowTerminal_breaksBetweenGroups() {
        assertThat(printed(45)).isEqualTo("""
                scenario    trained       %  topic   F1
                full          1,234  100.00    0.9  0.8
                heads-only       12    0.97    0.6  0.5

                scenario    joint
                full          0.7
                heads-only    0.4
                """);
    }

    @Test
    void print_terminalNarrowerThanAGroup_hasOneGroupABlock() {
        assertThat(printed(5).lines()).hasSize(11).contains("scenario    trained       %", "scenario    topic   F1");
    }

    @Test
    void row_cellTooFew_isRefused() {
        ColumnTable table = new ColumnTable("scenario");
        table.group("trained", "%");
        assertThatThrownBy(() -> table.row(List.of("full", "1,234"))).isInstanceOf(IllegalArgumentException.class);
    }
}
