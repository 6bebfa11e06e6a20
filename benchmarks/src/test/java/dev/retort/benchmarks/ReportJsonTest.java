package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportJsonTest {

    @TempDir
    private Path folder;

    private final Report report = new Report(
            "bench --quick",
            Map.of("Java", "17"),
            Map.of("ours", "Retort"),
            List.of(
                    new Finding(
                            Claim.ratio("f32", "ours against theirs", Target.atLeast(1.4)),
                            new Spread(1.5, 1.3, 1.6),
                            Spread.of(2),
                            new Finding.Side(Spread.of(15), Spread.of(6), Spread.of(0.4)),
                            Finding.Side.of(Spread.of(10)),
                            "tokens/ms",
                            "batch 8"),
                    Finding.of(new Claim("calls", "many", Target.between(0.85, 1.15), "x"), Spread.of(1), ""),
                    Finding.missing(new Claim("djl", "no target", null, ""), "not built")));

    @Test
    void read_whatWasWritten_isTheSame() throws IOException {
        assertThat(ReportJson.read(Files.writeString(folder.resolve("report.json"), report.json())))
                .isEqualTo(report);
    }

    @Test
    void write_findings_sayWhetherTheyAreMet() throws IOException {
        JsonNode root = new ObjectMapper().readTree(report.json());
        assertThat(root.at("/findings/0/met").asBoolean()).isTrue();
        assertThat(root.at("/findings/0/target/least").asDouble()).isEqualTo(1.4);
        assertThat(root.at("/findings/0/target/greatest").isMissingNode()).isTrue();
        assertThat(root.at("/findings/2/met").isNull()).isTrue();
        assertThat(root.at("/findings/2/value").isMissingNode()).isTrue();
    }

    @Test
    void read_anotherFile_isRefusedByName() throws IOException {
        Path file = Files.writeString(folder.resolve("other.json"), "{}");
        assertThatThrownBy(() -> ReportJson.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other.json");
    }
}
