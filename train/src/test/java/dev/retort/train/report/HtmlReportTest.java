package dev.retort.train.report;

import static dev.retort.train.report.SmallRecord.MOOD;
import static dev.retort.train.report.SmallRecord.TOPIC;
import static dev.retort.train.report.SmallRecord.epoch;
import static dev.retort.train.report.SmallRecord.topic;
import static dev.retort.train.report.SmallRecord.unlabelledMood;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.dataset.LabelCounts;
import dev.retort.train.dataset.TaskLabels;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class HtmlReportTest {

    /** Fails unless it is well-formed XML. */
    private static Document page(RunRecord run) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(HtmlReport.html(run))));
        } catch (SAXException | IOException | ParserConfigurationException e) {
            throw new AssertionError("page is not well-formed: " + e.getMessage(), e);
        }
    }

    private static List<Element> all(Document page, String name) {
        NodeList found = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static List<String> texts(Document page, String name) {
        return all(page, name).stream()
                .map(element -> element.getTextContent().replaceAll("\\s+", " ").strip())
                .toList();
    }

    private static List<Element> ofClass(Document page, String name, String style) {
        return all(page, name).stream()
                .filter(element -> element.getAttribute("class").equals(style))
                .toList();
    }

    private static RunRecord twoEpochs() {
        RunRecorder recorder = SmallRecord.started(2, 2047);
        recorder.epochDone(epoch(0, Map.of("topic", 0.9), topic(0.75, 0.8)));
        recorder.epochDone(epoch(1, Map.of("topic", 0.4), topic(0.7, 0.85)));
        Map<String, List<LabelCounts>> counts = new LinkedHashMap<>();
        counts.put("train", List.of(new LabelCounts(TOPIC, List.of(9000, 3000), 345)));
        counts.put("dev", List.of(new LabelCounts(TOPIC, List.of(2000, 47), 0)));
        WorstRows worst =
                new WorstRows("topic", List.of(new WorstRows.Row("a stone", "Other", "Science", 0.987, 4.3428)));
        return recorder.record(0, counts, List.of(worst), Map.of("data", "rows.tsv"));
    }

    @Test
    void html_wholeRun_showsCountsSharesAndSettings() {
        Document page = page(twoEpochs());
        assertThat(texts(page, "td"))
                .contains("1,500 75.0 %", "500 25.0 %", "0 0.0 %", "47 100.0 %", "2,000") // confusion
                .contains("a stone", "Other", "Science 98.7 %", "4.3428") // worst
                .contains("1,234,000", "1,536", "0.00 %", "100.00 %", "12,288") // parameters
                .contains("9,000 (75.0 %)", "3,000 (25.0 %)", "345", "2,000 (97.7 %)") // class counts
                .contains("rows.tsv", "heads-only", "42") // configuration
                .contains(Integer.toString(Runtime.getRuntime().availableProcessors()));
        assertThat(texts(page, "dd")).contains("1 by the dev set, of 2 done", "0.7500 macro-F1 0.7000");
        assertThat(ofClass(page, "tr", "chosen")).hasSize(1);
        assertThat(ofClass(page, "text", "best-label"))
                .hasSize(2)
                .allSatisfy(label -> assertThat(label.getTextContent()).isEqualTo("best epoch 1"));
    }

    @Test
    void html_wholeRun_needsNothingBesideItselfAndNamesItsParts() {
        RunRecord run = twoEpochs();
        Document page = page(run);
        assertThat(HtmlReport.html(run)).doesNotContain("http:", "https:", "url(", "@import", " src=", " href=");
        assertThat(all(page, "script")).isEmpty();
        assertThat(texts(page, "caption")).hasSameSizeAs(all(page, "table"));
        assertThat(all(page, "svg"))
                .extracting(svg -> svg.getAttribute("aria-label"))
                .containsExactly(
                        "topic: loss over epochs; train: 0.9000 in epoch 1, 0.4000 in epoch 2;"
                                + " dev: 0.8000 in epoch 1, 0.8500 in epoch 2; best epoch 1",
                        "topic: accuracy and macro-F1 on the dev set over epochs; accuracy: 0.7500 in epoch 1, 0.7000 in"
                                + " epoch 2; macro-F1: 0.7000 in epoch 1, 0.6500 in epoch 2; best epoch 1");
    }

    @Test
    void html_markupInAnyText_isText() {
        String nasty = "<script>alert(1)</script> & \"'\u0000\ud800";
        String shown = "<script>alert(1)</script> & \"'\ufffd\ufffd";
        TaskLabels labels = new TaskLabels(nasty, List.of(nasty, "plain"));
        RunRecorder recorder = SmallRecord.started(1, 3);
        recorder.epochDone(epoch(
                0,
                Map.of(nasty, 1.0),
                new TaskEvaluation(nasty, labels.names(), List.of(List.of(1, 1), List.of(1, 0)), 0.3, 0.3, 1)));
        RunRecord run = recorder.record(
                0,
                Map.of(nasty, List.of(new LabelCounts(labels, List.of(1, 2), 0))),
                List.of(new WorstRows(nasty, List.of(new WorstRows.Row(nasty, nasty, "plain", 0.5, 1)))),
                Map.of(nasty, nasty));
        Document page = page(run);

        assertThat(HtmlReport.html(run)).doesNotContain("<script");
        assertThat(texts(page, "td")).contains(shown);
        assertThat(texts(page, "th")).contains(shown);
        assertThat(texts(page, "h2")).contains(shown + " task");
        assertThat(all(page, "svg").get(0).getAttribute("aria-label")).startsWith(shown + ": loss");
    }

    @Test
    void html_emptyDevSet_saysSoAndStillShowsTheTrainingLoss() {
        RunRecorder recorder = SmallRecord.started(2, 0);
        recorder.epochDone(epoch(0, Map.of("topic", 0.9)));
        recorder.epochDone(epoch(1, Map.of("topic", 0.4)));
        Document page = page(recorder.record(-1, Map.of(), List.of(new WorstRows("topic", List.of())), Map.of()));

        assertThat(texts(page, "p"))
                .contains("No confusion matrix: the dev set has no row with a label of this task.")
                .contains("No worst sentences: no row has a label of this task.");
        assertThat(texts(page, "dd")).contains("– no dev set to choose it by: the last one's parameters");
        assertThat(all(page, "svg").get(0).getAttribute("aria-label"))
                .isEqualTo("topic: loss over epochs; train: 0.9000 in epoch 1, 0.4000 in epoch 2; dev: no values");
        assertThat(texts(page, "text")).contains("no values");
        assertThat(ofClass(page, "text", "best-label")).isEmpty();
    }

    @Test
    void html_oneEpoch_marksPointsInsideTheChart() {
        RunRecorder recorder = SmallRecord.started(1, 2047);
        recorder.epochDone(epoch(0, Map.of("topic", 0.9), topic(1, 0)));
        Document page = page(recorder.record(0, Map.of(), List.of(), Map.of()));

        assertThat(ofClass(page, "circle", "mark s0"))
                .hasSize(4) // two of legends
                .allSatisfy(mark -> {
                    assertThat(Double.parseDouble(mark.getAttribute("cx"))).isBetween(0.0, 480.0);
                    assertThat(Double.parseDouble(mark.getAttribute("cy"))).isBetween(0.0, 300.0);
                });
    }

    @Test
    void html_hundredEpochs_hasFewTicksAndMarksOnlyTheBest() {
        RunRecorder recorder = SmallRecord.started(100, 2047);
        for (int i = 0; i < 100; i++) {
            recorder.epochDone(epoch(i, Map.of("topic", 2.0 / (i + 1)), topic(0.6 + 0.003 * i, 3.0 / (i + 2))));
        }
        Document page = page(recorder.record(63, Map.of(), List.of(), Map.of()));

        assertThat(texts(page, "text"))
                .contains("1", "20", "100", "best epoch 64")
                .doesNotContain("37");
        assertThat(ofClass(page, "circle", "mark s0")).hasSize(4); // two of legends, two of the best epoch
        assertThat(ofClass(page, "circle", "hint")).hasSize(198);
        assertThat(ofClass(page, "tr", "other")).hasSize(99);
    }

    @Test
    void html_measuresThatAreNoNumbers_leaveGaps() {
        RunRecorder recorder = SmallRecord.started(4, 2047);
        double[] losses = {0.9, Double.NaN, Double.POSITIVE_INFINITY, 0.5};
        for (int i = 0; i < losses.length; i++) {
            recorder.epochDone(epoch(i, Map.of("topic", losses[i]), topic(Double.NaN, losses[i])));
        }
        Document page = page(recorder.record(3, Map.of(), List.of(), Map.of()));

        assertThat(all(page, "path"))
                .extracting(path -> path.getAttribute("d"))
                .noneMatch(d -> d.contains("NaN") || d.contains("Inf"))
                .anyMatch(d -> d.matches("M[^ML]*M[^ML]*")); // two points, not joined
        assertThat(texts(page, "text")).contains("no values"); // of accuracies
        assertThat(texts(page, "td")).contains("–", "∞").doesNotContain("NaN");
    }

    @Test
    void html_taskWithoutLabels_isNamedWithItsRows() {
        RunRecorder recorder = SmallRecord.started(1, 2047);
        recorder.epochDone(epoch(0, Map.of("topic", 0.9), topic(0.75, 0.8), unlabelledMood()));
        Document page = page(recorder.record(
                0, Map.of("dev", List.of(new LabelCounts(MOOD, List.of(0, 0, 0), 2047))), List.of(), Map.of()));

        assertThat(texts(page, "h2")).contains("topic task", "mood task");
        assertThat(texts(page, "td")).contains("0 (–)", "2,047");
        assertThat(ofClass(page, "table", "confusion")).hasSize(1);
    }

    @Test
    void html_resumedAfterTheBestEpoch_marksNoneAndSaysWhatIsShown() {
        RunRecorder recorder = SmallRecord.started(8, 2047);
        recorder.epochDone(epoch(6, Map.of("topic", 0.9), topic(0.75, 0.8)));
        recorder.epochDone(epoch(7, Map.of("topic", 0.8), topic(0.7, 0.8)));
        Document page = page(recorder.record(2, Map.of(), List.of(), Map.of()));

        assertThat(texts(page, "p"))
                .contains(
                        "The best epoch was before the run was resumed, and its metrics are lost: measures and matrices"
                                + " are of epoch 8.");
        assertThat(ofClass(page, "text", "best-label")).isEmpty();
        assertThat(texts(page, "text")).contains("7", "8");
    }

    @Test
    void html_noEpochDone_isStillAPage() {
        Document page = page(SmallRecord.started(3, 10)
                .record(-1, Map.of("train", List.of(new LabelCounts(TOPIC, List.of(1, 2), 0))), List.of(), Map.of()));

        assertThat(texts(page, "p")).contains("No curves: no epoch was finished.");
        assertThat(all(page, "svg")).isEmpty();
    }

    @Test
    void html_stagesOfUnfreezing_areListed() {
        RunRecorder recorder = SmallRecord.started(2, 0);
        recorder.unfrozen(1, SmallRecord.ALL);
        recorder.epochDone(epoch(1, Map.of("topic", 0.5)));
        Document page = page(recorder.record(-1, Map.of(), List.of(), Map.of()));

        assertThat(texts(page, "caption")).contains("Stages of unfreezing", "Parameters by part As in the last epoch");
        assertThat(texts(page, "td")).contains("0.12 %", "100.00 %", "9,884,288");
    }

    @Test
    void html_lossesOfAnySize_haveShortTicks() {
        for (double scale : new double[] {1e-9, 1, 1e4, 1e5, 1e20}) {
            RunRecorder recorder = SmallRecord.started(2, 0);
            recorder.epochDone(epoch(0, Map.of("topic", 2.7 * scale)));
            recorder.epochDone(epoch(1, Map.of("topic", 0.4 * scale)));
            Document page = page(recorder.record(-1, Map.of(), List.of(), Map.of()));

            assertThat(ofClass(page, "text", "tick"))
                    .filteredOn(tick -> tick.getAttribute("text-anchor").equals("end"))
                    .hasSizeGreaterThan(8)
                    .allSatisfy(tick -> assertThat(tick.getTextContent()).hasSizeLessThan(8));
        }
    }

    @Test
    void write_existingFile_isReplacedByThePage(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("report.html"), "old");
        RunRecord run = twoEpochs();
        HtmlReport.write(file, run);

        assertThat(file).hasContent(HtmlReport.html(run));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
