package dev.retort.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The greatest error of each stage against its reference, kept while the tests compare: {@code target/parity.md} after a run, the table
 * of {@code docs/parity.md}.
 */
public final class ParityTable {

    private static final Path FILE = Path.of("target", "parity.md");
    private static final Map<String, double[]> ROWS = new TreeMap<>(); // by stage: greatest error, tolerance

    private ParityTable() {}

    /**
     * Asserts that an error is below its tolerance and notes it.
     *
     * @param model what was compared, the row's first column
     * @param stage which of its results, the second
     */
    public static synchronized void assertError(String model, String stage, double error, double tolerance) {
        double[] row = ROWS.computeIfAbsent(model + " | " + stage, key -> new double[2]);
        row[0] = Math.max(row[0], error);
        row[1] = tolerance;
        write();
        assertThat(error).as("%s: %s", model, stage).isLessThan(tolerance);
    }

    private static void write() {
        StringBuilder table =
                new StringBuilder("| model | stage | greatest error | tolerance |\n| --- | --- | --- | --- |\n");
        ROWS.forEach((stage, row) ->
                table.append(String.format(Locale.ROOT, "| %s | %.1e | %.0e |%n", stage, row[0], row[1])));
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, table);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
