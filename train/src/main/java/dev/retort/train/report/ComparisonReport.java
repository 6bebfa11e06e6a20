package dev.retort.train.report;

import dev.retort.train.Evaluation;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener.EpochReport;
import dev.retort.weights.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Several runs on the same data on one page: a table with a row a run, and curves of their accuracy. The file needs nothing beside itself. */
public final class ComparisonReport {

    private static final double BYTES_A_MEBIBYTE = 1 << 20;

    private final List<Entry> entries;
    private final Map<String, String> configuration;
    private final Set<String> tasks = new LinkedHashSet<>();
    private final Html page = Html.page("Comparison of runs");

    private ComparisonReport(List<Entry> entries, Map<String, String> configuration) {
        this.entries = List.copyOf(entries);
        this.configuration = Collections.unmodifiableMap(new LinkedHashMap<>(configuration));
        for (Entry entry : entries) {
            for (EpochReport epoch : entry.run().epochs()) {
                epoch.dev().tasks().forEach(task -> tasks.add(task.task()));
            }
        }
    }

    /**
     * One of the runs.
     *
     * @param name what it differs in
     * @param run how it went
     * @param report a link to its own report, relative to the page; null if there is none
     */
    public record Entry(
            String name, RunHistory run, @Nullable String report) {

        private @Nullable Evaluation kept() {
            int kept = run.keptEpoch();
            return kept < 0 ? null : run.epochs().get(kept).dev();
        }

        /** Of the parameters that were kept, on the dev set; NaN where there is nothing. */
        private double measure(String task, ToDoubleFunction<TaskEvaluation> measure) {
            int kept = run.keptEpoch();
            return kept < 0 ? Double.NaN : ComparisonReport.measure(run.epochs().get(kept), task, measure);
        }
    }

    /**
     * Creates or replaces a report, in full or not at all.
     *
     * @param file in a folder that exists
     * @param entries at least one, in the order in which they are shown
     * @param configuration what the runs have in common, by name
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, List<Entry> entries, Map<String, String> configuration) throws IOException {
        AtomicFile.writeText(file, html(entries, configuration));
    }

    /** The page: HTML 5 that is well-formed XML too. */
    static String html(List<Entry> entries, Map<String, String> configuration) {
        return new ComparisonReport(entries, configuration).build();
    }

    private String build() {
        page.open("header").element("h1", "Comparison of runs");
        page.element(
                "p",
                "On the same data, with the same seed; measures of each run's best epoch on the dev set.",
                "class",
                "soft");
        page.open("dl", "class", "tiles");
        tasks.forEach(this::mostAccurate);
        page.close().close();
        page.section("Runs", this::table);
        if (!tasks.isEmpty()) {
            page.section("Accuracy over epochs", () -> {
                page.open("div", "class", "pair");
                tasks.forEach(this::curves);
                page.close();
            });
        }
        page.section("Configuration", () -> page.pairs("What the runs have in common", configuration));
        page.section("Versions", () -> page.pairs("What computed", SoftwareVersions.byName()));
        return page.end();
    }

    private void mostAccurate(String task) {
        double most = most(entry -> entry.measure(task, TaskEvaluation::accuracy));
        List<String> names = entries.stream()
                .filter(entry -> entry.measure(task, TaskEvaluation::accuracy) == most)
                .map(Entry::name)
                .toList();
        page.tile(task + ": highest accuracy", Numbers.measure(most), String.join(", ", names));
    }

    private double most(ToDoubleFunction<Entry> measure) {
        return entries.stream()
                .mapToDouble(measure)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(Double.NaN);
    }

    private void table() {
        page.table("wide runs", "Runs", () -> {
            page.open("caption").text("A row a run ");
            page.element("small", "Seconds and memory are of this machine; the highest measure of a column is in bold")
                    .close();
            page.open("thead").open("tr").element("th", "scenario", "scope", "col");
            List.of("trained", "per cent", "seconds an epoch", "peak MiB", "best epoch")
                    .forEach(page::heading);
            for (String task : tasks) {
                page.heading(task + ": accuracy");
                page.heading(task + ": macro-F1");
            }
            if (!tasks.isEmpty()) {
                page.heading("all right");
            }
            page.close().close().open("tbody");
            entries.forEach(this::row);
            page.close();
        });
    }

    private void row(Entry entry) {
        RunHistory run = entry.run();
        page.open("tr").open("th", "scope", "row");
        if (entry.report() == null) {
            page.text(entry.name());
        } else {
            page.element("a", entry.name(), "href", entry.report());
        }
        page.close();
        RunHistory.Stage most =
                run.stages().isEmpty() ? null : run.stages().get(run.stages().size() - 1);
        page.number(most == null ? Numbers.NONE : Numbers.count(most.trainedCount()));
        page.number(most == null ? Numbers.NONE : Numbers.finePercent(most.trainedShare()));
        double seconds = run.epochs().stream()
                .mapToDouble(EpochReport::seconds)
                .average()
                .orElse(Double.NaN);
        page.number(Double.isNaN(seconds) ? Numbers.NONE : String.format(Locale.ROOT, "%,.2f", seconds));
        RunHistory.End end = run.end();
        page.number(
                end == null || end.peakBytes() < 0
                        ? Numbers.NONE
                        : String.format(Locale.ROOT, "%,.0f", end.peakBytes() / BYTES_A_MEBIBYTE));
        page.number(end == null || end.bestEpoch() < 0 ? Numbers.NONE : Numbers.count(end.bestEpoch() + 1L));
        for (String task : tasks) {
            measure(entry, each -> each.measure(task, TaskEvaluation::accuracy));
            measure(entry, each -> each.measure(task, TaskEvaluation::macroF1));
        }
        if (!tasks.isEmpty()) {
            measure(entry, ComparisonReport::jointAccuracy);
        }
        page.close();
    }

    private static double jointAccuracy(Entry entry) {
        Evaluation kept = entry.kept();
        return kept == null ? Double.NaN : kept.jointAccuracy();
    }

    private void measure(Entry entry, ToDoubleFunction<Entry> measure) {
        double value = measure.applyAsDouble(entry);
        page.element("td", Numbers.measure(value), "class", value == most(measure) ? "number most" : "number");
    }

    private static double measure(EpochReport epoch, String task, ToDoubleFunction<TaskEvaluation> measure) {
        TaskEvaluation evaluation = TaskSection.evaluation(epoch, task);
        return evaluation == null ? Double.NaN : measure.applyAsDouble(evaluation);
    }

    private void curves(String task) {
        int last = entries.stream()
                .flatMap(entry -> entry.run().epochs().stream())
                .mapToInt(EpochReport::epoch)
                .max()
                .orElse(-1);
        List<LineChart.Series> series = new ArrayList<>();
        for (Entry entry : entries) {
            double[] values = new double[last + 1];
            Arrays.fill(values, Double.NaN);
            for (EpochReport epoch : entry.run().epochs()) {
                values[epoch.epoch()] = measure(epoch, task, TaskEvaluation::accuracy);
            }
            series.add(new LineChart.Series(entry.name(), values));
        }
        int[] epochs = IntStream.rangeClosed(1, last + 1).toArray();
        new LineChart(task + ": accuracy on the dev set", epochs, series, -1, true).write(page);
    }
}
