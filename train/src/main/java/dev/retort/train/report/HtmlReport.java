package dev.retort.train.report;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.Evaluation;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener.EpochReport;
import dev.retort.train.dataset.LabelCounts;
import dev.retort.weights.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A run on one page: curves, confusion matrices, the worst sentences, parameters, class counts, configuration and versions. The file needs
 * nothing beside itself: no network, no scripts. {@link RunRecorder} shows how to get there from a run.
 */
public final class HtmlReport {

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final RunRecord run;
    private final int best; // its place in the run's epochs, or -1
    private final int shown; // the place of the best epoch, or of the last without one; -1 without any
    private final Html page;

    private HtmlReport(RunRecord run) {
        this.run = run;
        this.page = Html.page("Training report: " + run.start().settings().scenario());
        this.best = run.best().map(run.epochs()::indexOf).orElse(-1);
        this.shown = best >= 0 ? best : run.epochs().size() - 1;
    }

    /**
     * Creates or replaces a report, in full or not at all.
     *
     * @param file in a folder that exists
     * @param run what to show; a text in it may hold anything
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, RunRecord run) throws IOException {
        AtomicFile.writeText(file, html(run));
    }

    /** The page: HTML 5 that is well-formed XML too. */
    static String html(RunRecord run) {
        return new HtmlReport(run).build();
    }

    private String build() {
        Set<String> tasks = tasks();
        summary(tasks);
        tasks.forEach(task -> new TaskSection(task, run, best, shown).write(page));
        epochs(tasks);
        parameters();
        labelCounts();
        page.section("Configuration", () -> page.pairs("What the run was done with", run.configuration()));
        page.section("Versions", () -> page.pairs("What computed", run.versions()));
        return page.end();
    }

    /** All that any part of the record speaks of. */
    private Set<String> tasks() {
        Set<String> tasks = new LinkedHashSet<>();
        run.labelCounts()
                .values()
                .forEach(counts -> counts.forEach(each -> tasks.add(each.task().task())));
        for (EpochReport epoch : run.epochs()) {
            epoch.dev().tasks().forEach(task -> tasks.add(task.task()));
            tasks.addAll(epoch.losses().keySet());
        }
        run.worst().forEach(worst -> tasks.add(worst.task()));
        return tasks;
    }

    // ---- parts ----

    private void summary(Set<String> tasks) {
        page.open("header").element("h1", "Training report");
        page.element(
                "p",
                "Scenario " + run.start().settings().scenario() + ", "
                        + Numbers.count(run.start().rows())
                        + " rows to learn from, " + Numbers.count(run.start().devRows()) + " in the dev set. Recorded "
                        + DATE.format(run.finished()) + ".",
                "class",
                "soft");
        page.open("dl", "class", "tiles");
        page.tile(
                "best epoch",
                run.bestEpoch() < 0 ? Numbers.NONE : Numbers.count(run.bestEpoch() + 1L),
                run.bestEpoch() < 0
                        ? "no dev set to choose it by: the last one's parameters"
                        : "by the dev set, of " + Numbers.count(lastEpoch()) + " done");
        if (shown >= 0) {
            Evaluation dev = run.epochs().get(shown).dev();
            for (String task : tasks) {
                TaskEvaluation evaluation = TaskSection.evaluation(run.epochs().get(shown), task);
                if (evaluation != null) {
                    page.tile(
                            task + ": dev accuracy",
                            Numbers.measure(evaluation.accuracy()),
                            "macro-F1 " + Numbers.measure(evaluation.macroF1()));
                }
            }
            if (dev.jointRows() > 0) {
                page.tile(
                        "all tasks right",
                        Numbers.measure(dev.jointAccuracy()),
                        "of " + Numbers.count(dev.jointRows()) + " dev rows with all labels");
            }
        }
        ParameterTable parameters = run.parameters();
        page.tile(
                "trained parameters",
                Numbers.count(parameters.trainedCount()),
                Numbers.finePercent(parameters.trainedPercent() / 100) + " of "
                        + Numbers.count(parameters.elementCount()));
        double training =
                run.epochs().stream().mapToDouble(EpochReport::seconds).sum();
        double evaluating = run.epochs().stream()
                .mapToDouble(EpochReport::evaluationSeconds)
                .sum();
        page.tile(
                "time of the epochs",
                Numbers.duration(training + evaluating),
                "evaluation " + Numbers.duration(evaluating));
        page.close();
        if (run.bestEpoch() >= 0 && best < 0 && shown >= 0) {
            page.element(
                    "p",
                    "The best epoch was before the run was resumed, and its metrics are lost: measures and matrices are of epoch "
                            + (run.epochs().get(shown).epoch() + 1) + ".",
                    "class",
                    "soft");
        }
        page.close();
    }

    private int lastEpoch() {
        return shown < 0 ? 0 : run.epochs().get(run.epochs().size() - 1).epoch() + 1;
    }

    private void epochs(Set<String> tasks) {
        if (run.epochs().isEmpty()) {
            return;
        }
        page.section("Epochs", () -> {
            page.open("details")
                    .element("summary", "All numbers of " + run.epochs().size() + " epochs");
            page.table("epochs", "All numbers by epoch", () -> {
                page.open("caption").text("Losses and measures by epoch ");
                page.element("small", "The best epoch is in bold").close();
                page.open("thead").open("tr");
                page.heading("epoch");
                for (String task : tasks) {
                    page.heading(task + ": train loss");
                    page.heading(task + ": dev loss");
                    page.heading(task + ": accuracy");
                    page.heading(task + ": macro-F1");
                }
                page.heading("all right");
                page.heading("seconds");
                page.close().close().open("tbody");
                for (int i = 0; i < run.epochs().size(); i++) {
                    epochRow(tasks, run.epochs().get(i), i == best);
                }
                page.close();
            });
            page.close();
        });
    }

    private void epochRow(Set<String> tasks, EpochReport epoch, boolean isBest) {
        page.open("tr", "class", isBest ? "chosen" : "other");
        page.element("th", Numbers.count(epoch.epoch() + 1L), "scope", "row", "class", "number");
        for (String task : tasks) {
            TaskEvaluation evaluation = TaskSection.evaluation(epoch, task);
            page.number(Numbers.measure(epoch.losses().getOrDefault(task, Double.NaN)));
            page.number(evaluation != null ? Numbers.measure(evaluation.loss()) : Numbers.NONE);
            page.number(evaluation != null ? Numbers.measure(evaluation.accuracy()) : Numbers.NONE);
            page.number(evaluation != null ? Numbers.measure(evaluation.macroF1()) : Numbers.NONE);
        }
        page.number(Numbers.measure(epoch.dev().jointAccuracy()));
        page.number(String.format(Locale.ROOT, "%,.2f", epoch.seconds() + epoch.evaluationSeconds()));
        page.close();
    }

    private void parameters() {
        page.section("Parameters", () -> {
            ParameterTable parameters = run.parameters();
            page.table("parts", "Parameters by part", () -> {
                page.open("caption").text("Parameters by part ");
                if (run.stages().size() > 1) {
                    page.element("small", "As in the last epoch");
                }
                page.close().open("thead").open("tr").element("th", "part", "scope", "col");
                parameterHeadings();
                page.close().close().open("tbody");
                for (ParameterTable.Part part : parameters.parts()) {
                    page.open("tr").element("th", part.name(), "scope", "row");
                    parameterRow(
                            part.elementCount(),
                            part.trainedCount(),
                            part.trainedCount() * parameters.stateBytesPerElement());
                    page.close();
                }
                page.close().open("tfoot").open("tr").element("th", "all", "scope", "row");
                parameterRow(parameters.elementCount(), parameters.trainedCount(), parameters.stateBytes());
                page.close().close();
            });
            if (run.stages().size() > 1) {
                stages();
            }
        });
    }

    private void stages() {
        page.table("parts", "Stages of unfreezing", () -> {
            page.element("caption", "Stages of unfreezing").open("thead").open("tr");
            page.element("th", "from epoch", "scope", "col");
            parameterHeadings();
            page.close().close().open("tbody");
            for (RunHistory.Stage stage : run.stages()) {
                page.open("tr").element("th", Numbers.count(stage.epoch() + 1L), "scope", "row");
                parameterRow(stage.elementCount(), stage.trainedCount(), stage.stateBytes());
                page.close();
            }
            page.close();
        });
    }

    private void parameterHeadings() {
        List.of("parameters", "trained", "per cent", "optimiser bytes").forEach(page::heading);
    }

    private void parameterRow(long elements, long trained, long optimizerBytes) {
        page.number(Numbers.count(elements));
        page.number(Numbers.count(trained));
        page.number(Numbers.finePercent((double) trained / elements));
        page.number(Numbers.count(optimizerBytes));
    }

    private void labelCounts() {
        Set<String> tasks = run.labelCounts().values().stream()
                .flatMap(List::stream)
                .map(counts -> counts.task().task())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (tasks.isEmpty()) {
            return;
        }
        page.section("Class counts", () -> {
            page.open("div", "class", "pair");
            for (String task : tasks) {
                labelCounts(task);
            }
            page.close();
        });
    }

    private void labelCounts(String task) {
        Map<String, LabelCounts> parts = new LinkedHashMap<>();
        Set<String> labels = new LinkedHashSet<>();
        run.labelCounts().forEach((part, counts) -> {
            for (LabelCounts each : counts) {
                if (each.task().task().equals(task)) {
                    parts.put(part, each);
                    labels.addAll(each.task().names());
                }
            }
        });
        page.table("wide", task + ": rows by label", () -> {
            page.element("caption", task + ": rows by label").open("thead").open("tr");
            page.element("th", "label", "scope", "col");
            parts.keySet().forEach(page::heading);
            page.close().close().open("tbody");
            for (String label : labels) {
                page.open("tr").element("th", label, "scope", "row");
                parts.values().forEach(counts -> {
                    int place = counts.task().names().indexOf(label);
                    int rows = place < 0 ? 0 : counts.counts().get(place);
                    page.number(Numbers.count(rows) + " (" + Numbers.percent((double) rows / counts.labelled()) + ")");
                });
                page.close();
            }
            page.close().open("tfoot");
            page.open("tr").element("th", "labelled", "scope", "row");
            parts.values().forEach(counts -> page.number(Numbers.count(counts.labelled())));
            page.close().open("tr").element("th", "without a label", "scope", "row");
            parts.values().forEach(counts -> page.number(Numbers.count(counts.missing())));
            page.close().close();
        });
    }
}
