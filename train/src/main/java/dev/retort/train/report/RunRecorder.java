package dev.retort.train.report;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener;
import dev.retort.train.dataset.LabelCounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a report needs of a run.
 *
 * <pre>{@code
 * RunRecorder recorder = new RunRecorder(); // or, of a run that may be resumed, new RunRecorder(Path.of("metrics.jsonl"))
 * TrainedModel model;
 * try (Trainer trainer = Trainer.start(plan, recorder)) { // or TrainingListener.all(List.of(recorder, other))
 *     model = trainer.run();
 * }
 * HtmlReport.write(
 *         Path.of("report.html"),
 *         recorder.record(
 *                 model.bestEpoch(),
 *                 Map.of("train", train.labelCounts()), // a LinkedHashMap for several, in the order of their columns
 *                 List.of(WorstRows.of(dev, 0, probabilities)), // empty without a dev set
 *                 Map.of("data", "sentences.tsv"))); // what the settings do not know
 * }</pre>
 *
 * <p>One run each; not safe for concurrent use.
 */
public final class RunRecorder implements TrainingListener {

    private final @Nullable Path metrics;
    private @Nullable Start start;
    private @Nullable ParameterTable parameters;
    private final List<RunHistory.Stage> stages = new ArrayList<>();
    private final List<EpochReport> epochs = new ArrayList<>();

    /** Of a run from its beginning; of one that was resumed, what it does from there. */
    public RunRecorder() {
        this(null);
    }

    /**
     * Of a run that may have been resumed.
     *
     * @param metrics what {@link dev.retort.train.MetricsLog} wrote, for the epochs before; null if there is no such file
     */
    public RunRecorder(@Nullable Path metrics) {
        this.metrics = metrics;
    }

    /** @throws UncheckedIOException if the epochs before cannot be read */
    @Override
    public void started(Start begun) {
        start = begun;
        if (metrics != null && begun.firstStep() > 0) {
            recall(metrics, begun.firstStep());
        }
        trains(begun.firstEpoch(), begun.parameters());
    }

    private void recall(Path file, long lastStep) {
        try {
            RunHistory before = RunHistory.read(file, lastStep);
            stages.addAll(before.stages());
            epochs.addAll(before.epochs());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private void trains(int epoch, ParameterTable table) {
        parameters = table;
        RunHistory.Stage.of(epoch, table).addTo(stages);
    }

    @Override
    public void unfrozen(int epoch, ParameterTable table) {
        trains(epoch, table);
    }

    @Override
    public void epochDone(EpochReport epoch) {
        epochs.add(epoch);
    }

    /**
     * What was heard so far, with what the run itself does not know. The settings and the versions of Retort, Java and the system are
     * added here.
     *
     * @param bestEpoch {@code TrainedModel.bestEpoch()}
     * @param labelCounts {@code Dataset.labelCounts()} of each part of the data, by its name
     * @param worst of the tasks, or nothing
     * @param configuration what else to list, before the settings: the model, the files
     * @throws IllegalStateException if no run has started
     */
    public RunRecord record(
            int bestEpoch,
            Map<String, List<LabelCounts>> labelCounts,
            List<WorstRows> worst,
            Map<String, String> configuration) {
        Start begun = start;
        ParameterTable last = parameters;
        if (begun == null || last == null) {
            throw new IllegalStateException("run: nothing to record: it has not started");
        }
        Map<String, String> all = new LinkedHashMap<>(configuration);
        all.putAll(SettingsList.of(begun.settings()));
        return new RunRecord(
                begun,
                last,
                stages,
                epochs,
                bestEpoch,
                labelCounts,
                worst,
                all,
                SoftwareVersions.byName(),
                Instant.now());
    }
}
