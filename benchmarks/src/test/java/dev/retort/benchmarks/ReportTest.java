package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

    private static final Claim RATIO = Claim.ratio("f32", "ours against theirs", Target.atLeast(1.4));
    private static final Claim COSINE = new Claim("int8", "mean cosine", Target.atLeast(0.996), "");

    private static final Finding MEASURED = new Finding(
            RATIO,
            Spread.of(1.5, 1.6, 1.3),
            Spread.of(2),
            new Finding.Side(Spread.of(15), Spread.of(6), Spread.of(0.4)),
            new Finding.Side(Spread.of(10), Spread.of(3), Spread.of(0.3)),
            "tokens/ms",
            "batch 8");

    @Test
    void text_engineThatIsMissing_keepsItsLineAndSaysWhy() {
        String text =
                String.join("\n", report(Finding.missing(RATIO, "not built")).text());
        assertThat(text)
                .containsPattern("f32 +ours against theirs +>= 1.4x +not measured")
                .contains("not measured: not built");
    }

    @Test
    void text_figure_saysTargetAndWhetherItIsMet() {
        assertThat(String.join("\n", report(MEASURED).text()))
                .containsPattern(">= 1.4x +1.50 \\(1.30-1.60\\)x +yes +2.00x")
                .containsPattern("tokens/ms +15.0 +10.0 +6.00 +3.00 +0.40 +0.30");
    }

    @Test
    void text_cosine_showsItsLastDigits() {
        assertThat(String.join(
                        "\n", report(Finding.of(COSINE, Spread.of(0.99587), "")).text()))
                .containsPattern(">= 0.996 +0.99587 +no");
    }

    @Test
    void markdown_anyReport_beginsWithItsCommand() {
        assertThat(report(MEASURED).markdown())
                .startsWith("`bench --quick`")
                .contains("| f32 | ours against theirs | >= 1.4x | 1.50 (1.30-1.60)x | yes | 2.00x |");
    }

    @Test
    void merged_severalRuns_isOneTableInTheRowsOrder() {
        Report first = new Report(
                "bench --only int8",
                Map.of("Java", "17"),
                Map.of("a", "A"),
                List.of(Finding.of(COSINE, Spread.of(0.997), "")));
        Report second = new Report("bench --only f32", Map.of("Java", "21"), Map.of("b", "B"), List.of(MEASURED));
        List<Finding> kept = new ArrayList<>(second.findings());
        kept.addAll(Report.leastKept(second.findings()));
        Report merged = Report.merged(
                List.of(first, new Report(second.command(), second.machine(), second.engines(), kept), second));
        assertThat(merged.command()).isEqualTo("bench --only int8`, `bench --only f32");
        assertThat(merged.machine()).containsEntry("Java", "17; then 21");
        assertThat(merged.engines()).containsOnlyKeys("a", "b");
        assertThat(merged.findings())
                .extracting(finding -> finding.claim().row())
                .containsExactly("f32", "f32", "int8", "busy");
    }

    @Test
    void leastKept_someFindings_namesTheWorst() {
        List<Finding> least = Report.leastKept(List.of(Finding.missing(COSINE, "no scores"), MEASURED));
        assertThat(least).hasSize(1);
        assertThat(least.get(0).value()).isEqualTo(Spread.of(0.4));
        assertThat(least.get(0).met()).isEqualTo("no");
        assertThat(least.get(0).note()).contains("ours against theirs");
    }

    @Test
    void leastKept_nothingTakenTwice_isNoFinding() {
        assertThat(Report.leastKept(List.of(Finding.missing(COSINE, "no scores"))))
                .isEmpty();
    }

    private static Report report(Finding... findings) {
        return new Report("bench --quick", Map.of("Java", "17"), Map.of("ours", "Retort"), List.of(findings));
    }
}
