package dev.retort.train.report;

import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.TrainingListener.EpochReport;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What a run came to in one task: curves, confusion matrix, worst rows. */
final class TaskSection {

    private final String task;
    private final RunRecord run;
    private final int best;
    private final int shown;

    /**
     * @param best the best epoch's place in the run's epochs, or -1
     * @param shown the place of the one whose evaluation is shown, or -1
     */
    TaskSection(String task, RunRecord run, int best, int shown) {
        this.task = task;
        this.run = run;
        this.best = best;
        this.shown = shown;
    }

    /** A task's evaluation after an epoch, or null without labelled rows. */
    static @Nullable TaskEvaluation evaluation(EpochReport epoch, String task) {
        return epoch.dev().tasks().stream()
                .filter(each -> each.task().equals(task) && each.rows() > 0)
                .findFirst()
                .orElse(null);
    }

    void write(Html page) {
        page.open("section");
        page.open("h2").text(task).text(" ").element("span", "task").close();
        curves(page);
        TaskEvaluation evaluation = shown < 0 ? null : evaluation(run.epochs().get(shown), task);
        if (evaluation == null) {
            page.element(
                    "p", "No confusion matrix: the dev set has no row with a label of this task.", "class", "soft");
        } else {
            confusion(page, evaluation, run.epochs().get(shown).epoch() + 1);
        }
        for (WorstRows worst : run.worst()) {
            if (worst.task().equals(task)) {
                worstRows(page, worst);
            }
        }
        page.close();
    }

    private void curves(Html page) {
        if (run.epochs().isEmpty()) {
            page.element("p", "No curves: no epoch was finished.", "class", "soft");
            return;
        }
        int[] epochs =
                run.epochs().stream().mapToInt(epoch -> epoch.epoch() + 1).toArray();
        LineChart.Series train = new LineChart.Series(
                "train",
                run.epochs().stream()
                        .mapToDouble(epoch -> epoch.losses().getOrDefault(task, Double.NaN))
                        .toArray());
        page.open("div", "class", "pair");
        new LineChart(task + ": loss", epochs, List.of(train, dev("dev", TaskEvaluation::loss)), best, false)
                .write(page);
        new LineChart(
                        task + ": accuracy and macro-F1 on the dev set",
                        epochs,
                        List.of(dev("accuracy", TaskEvaluation::accuracy), dev("macro-F1", TaskEvaluation::macroF1)),
                        best,
                        true)
                .write(page);
        page.close();
    }

    private LineChart.Series dev(String name, ToDoubleFunction<TaskEvaluation> measure) {
        double[] values = run.epochs().stream()
                .mapToDouble(epoch -> {
                    TaskEvaluation evaluation = evaluation(epoch, task);
                    return evaluation == null ? Double.NaN : measure.applyAsDouble(evaluation);
                })
                .toArray();
        return new LineChart.Series(name, values);
    }

    private void confusion(Html page, TaskEvaluation evaluation, int epoch) {
        page.table("confusion", task + ": confusion matrix after epoch " + epoch, () -> {
            page.open("caption").text(task + ": confusion matrix ");
            page.element(
                    "small",
                    "Dev set after epoch " + epoch + ", " + Numbers.count(evaluation.rows())
                            + " rows; per cent of the true label's rows");
            page.close();
            page.open("thead").open("tr");
            page.element("th", "true ↓ predicted →", "class", "corner", "scope", "col");
            evaluation.labels().forEach(label -> page.element("th", label, "scope", "col"));
            page.element("th", "rows", "scope", "col").close().close();
            page.open("tbody");
            for (int t = 0; t < evaluation.labels().size(); t++) {
                List<Integer> counts = evaluation.confusion().get(t);
                int rows = counts.stream().mapToInt(Integer::intValue).sum();
                page.open("tr").element("th", evaluation.labels().get(t), "scope", "row");
                for (int p = 0; p < counts.size(); p++) {
                    double share = rows == 0 ? 0 : (double) counts.get(p) / rows;
                    page.open(
                            "td",
                            "class",
                            t == p ? "hit" : "miss",
                            "style",
                            String.format(Locale.ROOT, "--shade: %.3f", Math.sqrt(share))); // few errors are seen too
                    page.text(Numbers.count(counts.get(p)) + " ");
                    page.element("small", rows == 0 ? Numbers.NONE : Numbers.percent(share))
                            .close();
                }
                page.element("td", Numbers.count(rows)).close();
            }
            page.close();
        });
    }

    /** A table by its roles too: in a narrow window the style sheet lays its rows out as a grid. */
    private void worstRows(Html page, WorstRows worst) {
        if (worst.rows().isEmpty()) {
            page.element("p", "No worst sentences: no row has a label of this task.", "class", "soft");
            return;
        }
        long wrong = worst.rows().stream().filter(row -> !row.isRight()).count();
        page.table("wide worst", task + ": sentences with the highest losses", () -> {
            page.open("caption").text(task + ": sentences with the highest losses ");
            page.element(
                    "small",
                    "The worst " + worst.rows().size() + ", of which " + wrong
                            + " are classified wrongly; loss is -ln p of the true label");
            page.close();
            page.open("thead", "role", "rowgroup").open("tr", "role", "row");
            heading(page, "sentence", "sentence");
            heading(page, "true", "label");
            heading(page, "predicted", "label");
            heading(page, "loss", "number");
            page.close().close().open("tbody", "role", "rowgroup");
            for (WorstRows.Row row : worst.rows()) {
                page.open("tr", "role", "row");
                page.element("td", row.text(), "role", "cell", "class", "sentence", "dir", "auto");
                page.element("td", row.label(), "role", "cell", "class", "label");
                page.open("td", "role", "cell", "class", "label");
                page.element("span", row.predicted(), "class", row.isRight() ? "right" : "wrong");
                page.text(" ").element("span", Numbers.percent(row.probability()), "class", "probability");
                page.close();
                page.element("td", Numbers.measure(row.loss()), "role", "cell", "class", "number");
                page.close();
            }
            page.close();
        });
    }

    private static void heading(Html page, String text, String style) {
        page.element("th", text, "scope", "col", "role", "columnheader", "class", style);
    }
}
