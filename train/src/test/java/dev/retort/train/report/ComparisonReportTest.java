package dev.retort.train.report;

import static dev.retort.train.report.SmallRecord.epoch;
import static dev.retort.train.report.SmallRecord.topic;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class ComparisonReportTest {

    private static Document page(List<ComparisonReport.Entry> entries) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(
                            new StringReader(ComparisonReport.html(entries, Map.of("--seed", "7 <& seven>")))));
        } catch (SAXException | IOException | ParserConfigurationException e) {
            throw new AssertionError("page is not well-formed: " + e.getMessage(), e);
        }
    }

    private static List<Element> all(Document page, String name) {
        NodeList found = page.getElementsByTagName(name);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .toList();
    }

    private static List<String> texts(Element in, String name) {
        NodeList found = in.getElementsByTagName(name);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> found.item(i).getTextContent().strip())
                .toList();
    }

    private static RunHistory run(int best, double... accuracies) {
        List<EpochReport> epochs = new ArrayList<>();
        for (int i = 0; i < accuracies.length; i++) {
            epochs.add(epoch(i, Map.of("topic", 0.5), topic(accuracies[i], 0.8)));
        }
        return new RunHistory(
                List.of(new RunHistory.Stage(0, 2000, 500, 4000)), epochs, new RunHistory.End(best, 300L << 20));
    }

    @Test
    void html_twoRuns_hasTheBestEpochsMeasuresAndMarksTheHighest() {
        Document page = page(List.of(
                new ComparisonReport.Entry("heads-only", run(0, 0.75, 0.5), "heads-only/report.html"),
                new ComparisonReport.Entry("full", run(1, 0.5, 0.875), null)));
        List<Element> rows = all(page, "tr");

        assertThat(texts(rows.get(1), "a")).containsExactly("heads-only");
        assertThat(texts(rows.get(1), "td"))
                .containsExactly("500", "25.00 %", "1.50", "300", "1", "0.7500", "0.7000", "0.6250");
        assertThat(texts(rows.get(2), "td"))
                .containsExactly("500", "25.00 %", "1.50", "300", "2", "0.8750", "0.8250", "0.6250");
        assertThat(all(page, "td"))
                .filteredOn(cell -> cell.getAttribute("class").equals("number most"))
                .extracting(Element::getTextContent)
                .containsExactly("0.6250", "0.8750", "0.8250", "0.6250");
        assertThat(texts(page.getDocumentElement(), "dd").get(0))
                .startsWith("0.8750")
                .endsWith("full");
        assertThat(texts(page.getDocumentElement(), "td")).contains("7 <& seven>");
    }

    @Test
    void html_runsOfDifferentLength_haveACurveEach() {
        Document page = page(List.of(
                new ComparisonReport.Entry("short", run(0, 0.75), null),
                new ComparisonReport.Entry("long", run(2, 0.5, 0.6, 0.7), null)));

        assertThat(all(page, "svg"))
                .singleElement()
                .extracting(svg -> svg.getAttribute("aria-label"))
                .isEqualTo("topic: accuracy on the dev set over epochs; short: 0.7500 in epoch 1;"
                        + " long: 0.5000 in epoch 1, 0.7000 in epoch 3");
    }

    @Test
    void html_manyRuns_keepTheirLegendInsideTheChart() {
        List<ComparisonReport.Entry> entries = IntStream.range(0, 9)
                .mapToObj(i -> new ComparisonReport.Entry("frozen-head sentiment " + i, run(0, 0.5, 0.6), null))
                .toList();
        Element svg = all(page(entries), "svg").get(0);
        String[] box = svg.getAttribute("viewBox").split(" ");
        NodeList names = svg.getElementsByTagName("text");

        assertThat(IntStream.range(0, names.getLength()).mapToObj(i -> (Element) names.item(i)))
                .filteredOn(text -> text.getAttribute("class").equals("legend"))
                .hasSize(9)
                .allSatisfy(text -> {
                    double x = Double.parseDouble(text.getAttribute("x"));
                    assertThat(x + 7.5 * text.getTextContent().length()).isLessThan(Double.parseDouble(box[2]));
                    assertThat(Double.parseDouble(text.getAttribute("y"))).isLessThan(Double.parseDouble(box[3]) - 202);
                });
    }

    @Test
    void html_noDevSet_isATableOfWhatWasTrained() {
        RunHistory run = new RunHistory(
                List.of(new RunHistory.Stage(0, 2000, 500, 4000)),
                List.of(epoch(0, Map.of("topic", 0.5))),
                new RunHistory.End(-1, -1));
        Document page = page(List.of(new ComparisonReport.Entry("full", run, null)));

        assertThat(texts(all(page, "tr").get(1), "td")).containsExactly("500", "25.00 %", "1.50", "–", "–");
        assertThat(all(page, "svg")).isEmpty();
    }
}
