package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {

    private static final String DATA = """
            text\ttopic\tsentiment
            a cat sits\tAnimal\tGood
            a dog runs\tAnimal\tBad
            the road\tPlace\tGood
            the roads\tPlace\tBad
            """;

    @TempDir
    private static Path shared;

    private static String model = "";
    private static String data = "";

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.write(shared.resolve("tiny")).toString();
        data = Files.writeString(shared.resolve("data.tsv"), DATA).toString();
    }

    private static String[] compare(String... more) {
        String[] arguments = {
            "compare",
            "--model",
            model,
            "--data",
            data,
            "--dev",
            data,
            "--hidden-size",
            "4",
            "--epochs",
            "2",
            "--threads",
            "1"
        };
        return Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new);
    }

    @Test
    void json_twoScenarios_hasAnObjectEach() throws IOException {
        Run run = Run.of(compare("--scenarios", "heads-only,full", "--json"));
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode rows = new JsonMapper().readTree(run.out());
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).get("scenario").textValue()).isEqualTo("heads-only");
        assertThat(rows.get(0).get("percent").doubleValue()).isLessThan(100);
        assertThat(rows.get(1).get("trained")).isEqualTo(rows.get(1).get("parameters"));
        assertThat(rows.get(1).get("bestEpoch").intValue()).isBetween(1, 2);
        assertThat(rows.get(1).at("/dev/tasks/topic/accuracy").isNumber()).isTrue();
        assertThat(rows.get(1).at("/dev/tasks/topic/labels/0").textValue()).isEqualTo("Animal");
    }

    /** On a narrow terminal, where the table is in two blocks. */
    @Test
    void out_keepsRunsAndAReportThatLinksThem() throws IOException {
        Path out = folder.resolve("a b");
        Run run = Run.onTerminals(
                new Run.Terminal(false, true, false, 80),
                Map.of(),
                compare("--scenarios", "heads-only,gradual 1", "--out", out.toString()));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.lines())
                .allMatch(line -> line.length() <= 80 || line.startsWith("report    "))
                .anyMatch(line -> line.matches("scenario +trained +% +s/epoch +peak MiB +best +topic +macro-F1"))
                .anyMatch(line -> line.matches("scenario +sentiment +macro-F1 +joint"))
                .filteredOn(line -> line.startsWith("gradual 1 "))
                .hasSize(2);
        assertThat(run.lines()).contains("report    " + out.resolve("report.html"));
        assertThat(out.resolve("gradual-1").resolve("report.html")).isRegularFile();
        assertThat(out.resolve("report.html"))
                .content()
                .contains("href=\"heads-only/report.html\"", "href=\"gradual-1/report.html\"", "sentiment: accuracy");
    }

    @Test
    void report_elsewhere_linksWhatIsKeptAndNothingElse() throws IOException {
        Path page = folder.resolve("page.html");
        Run kept = Run.of(compare(
                "--scenarios", "heads-only", "--out", folder.resolve("a b").toString(), "--report", page.toString()));
        assertThat(kept.code()).as(kept.err()).isZero();
        assertThat(page).content().contains("href=\"a%20b/heads-only/report.html\"");
        Run run = Run.of(compare("--scenarios", "heads-only", "--report", page.toString()));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(page).content().contains("heads-only").doesNotContain("href=");
    }

    @Test
    void report_inNoFolder_isRefusedBeforeAnythingRuns() {
        Run run = Run.of(
                compare("--report", folder.resolve("none").resolve("page.html").toString()));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("retort: --report ").hasLineCount(1);
    }
}
