package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixTableTest {

    private static String table(List<String> texts, double[][] matrix, int width) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        MatrixTable.print(out, texts, matrix, width);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void print_wide_isOneBlock() {
        assertThat(table(List.of("a\nb", "東京"), new double[][] {{1, -0.5}, {-0.00001, 1}}, 80)
                        .lines())
                .containsExactly("         1        2", "1   1.0000  -0.5000  a b", "2   0.0000   1.0000  東京");
    }

    @Test
    void print_narrow_putsColumnsBelow() {
        double[][] matrix = {{1, 0.5, 0.25}, {0.5, 1, 0.125}, {0.25, 0.125, 1}};
        assertThat(table(List.of("the first text, a long one", "second", ""), matrix, 36)
                        .lines())
                .containsExactly(
                        "        1       2",
                        "1  1.0000  0.5000  the first text, …",
                        "2  0.5000  1.0000  second",
                        "3  0.2500  0.1250",
                        "",
                        "        3",
                        "1  0.2500  the first text, a long o…",
                        "2  0.1250  second",
                        "3  1.0000");
    }
}
