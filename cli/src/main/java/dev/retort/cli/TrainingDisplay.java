package dev.retort.cli;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.Evaluation;
import dev.retort.train.TrainingListener;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run as its user sees it: the parameters, a line an epoch, and in between a bar where there is a terminal. */
final class TrainingDisplay implements TrainingListener, AutoCloseable {

    private static final int LEAST_TASK_WIDTH = 6; // of 0.9333
    private static final long MESSAGE_NANOS = 100_000_000;

    private final PrintStream out;
    private final List<String> tasks;
    private final @Nullable PrintStream bars;
    private final int width;
    private @Nullable Progress bar;
    private @Nullable Start start;
    private long began;
    private long done;
    private long rows; // in this process
    private long epochRows; // of them, in the epoch
    private long shown;

    /**
     * @param tasks their names, in order
     * @param bars where progress is shown, or null
     * @param width of the terminal
     */
    TrainingDisplay(PrintStream out, List<String> tasks, @Nullable PrintStream bars, int width) {
        this.out = out;
        this.tasks = List.copyOf(tasks);
        this.bars = bars;
        this.width = width;
    }

    @Override
    public void started(Start run) {
        start = run;
        began = System.nanoTime();
        done = rowsBefore(run);
        out.println();
        out.print(run.parameters());
        out.println();
        if (run.firstStep() > 0) {
            out.printf(Locale.ROOT, "goes on after step %,d of %,d%n%n", run.firstStep(), run.totalSteps());
        }
        StringBuilder header = new StringBuilder("epoch     loss");
        if (run.devRows() > 0) {
            for (String task : tasks) {
                header.append("  ").append(right(task, taskWidth(task)));
            }
            header.append("   joint");
        }
        out.println(header.append("   rows/s  seconds"));
        out.flush();
    }

    private static long rowsBefore(Start run) {
        return run.totalSteps() == 0
                ? 0
                : Math.round((double) run.firstStep()
                        / run.totalSteps()
                        * run.rows()
                        * run.settings().epochs());
    }

    private static int taskWidth(String task) {
        return Math.max(task.length(), LEAST_TASK_WIDTH);
    }

    private static String right(String text, int columns) {
        return " ".repeat(Math.max(0, columns - text.length())) + text;
    }

    @Override
    public void vectorsKept(int kept, int total) {
        long now = System.nanoTime();
        if (bars != null && now - shown >= MESSAGE_NANOS) {
            shown = now;
            bar = bar == null ? Progress.ofTexts(total, bars, width) : bar;
            bar.show(kept, String.format(Locale.ROOT, "vectors, %,.0f rows/s", kept / ((now - began) / 1e9)));
        }
        if (kept == total) {
            closeBar();
            began = System.nanoTime(); // of the steps
        }
    }

    @Override
    public void stepDone(Step step) {
        done += step.rows();
        rows += step.rows();
        epochRows += step.rows();
        long now = System.nanoTime();
        if (bars == null || start == null || now - shown < MESSAGE_NANOS) {
            return;
        }
        shown = now;
        if (bar == null) {
            long total = (long) start.rows() * start.settings().epochs();
            bar = Progress.ofRows(total, done, Duration.ofNanos(now - began), bars, width);
        }
        bar.show(
                done,
                String.format(
                        Locale.ROOT,
                        "epoch %d, loss %.4f, %,.0f rows/s",
                        step.epoch() + 1,
                        step.total(),
                        rows / ((now - began) / 1e9)));
    }

    @Override
    public void unfrozen(int epoch, ParameterTable parameters) {
        closeBar();
        out.printf(
                Locale.ROOT,
                "trained from epoch %d: %,d of %,d parameters, %.2f %%%n",
                epoch + 1,
                parameters.trainedCount(),
                parameters.elementCount(),
                parameters.trainedPercent());
        out.flush();
    }

    @Override
    public void epochDone(EpochReport report) {
        closeBar();
        StringBuilder line =
                new StringBuilder(String.format(Locale.ROOT, "%5d %8.4f", report.epoch() + 1, report.total()));
        Evaluation dev = report.dev();
        for (Evaluation.TaskEvaluation task : dev.tasks()) {
            line.append("  ").append(right(share(task.accuracy()), taskWidth(task.task())));
        }
        if (!dev.tasks().isEmpty()) {
            line.append("  ").append(right(share(dev.jointAccuracy()), LEAST_TASK_WIDTH));
        }
        line.append(String.format(
                Locale.ROOT,
                " %,8.0f %8.1f",
                epochRows / Math.max(report.seconds(), 1e-9),
                report.seconds() + report.evaluationSeconds()));
        epochRows = 0;
        if (report.improved()) {
            line.append("  best");
        }
        out.println(line);
        out.flush();
    }

    private static String share(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private void closeBar() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    @Override
    public void close() {
        closeBar();
    }
}
