package dev.retort.train.report;

import dev.retort.inference.Retort;
import dev.retort.model.classification.ParameterTable;
import dev.retort.train.TrainingListener;
import dev.retort.train.dataset.LabelCounts;
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
 * RunRecorder recorder = new RunRecorder();
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

    private @Nullable Start start;
    private final List<RunRecord.Stage> stages = new ArrayList<>();
    private final List<EpochReport> epochs = new ArrayList<>();

    @Override
    public void started(Start begun) {
        start = begun;
        stages.add(new RunRecord.Stage(begun.firstEpoch(), begun.parameters()));
    }

    @Override
    public void unfrozen(int epoch, ParameterTable parameters) {
        stages.add(new RunRecord.Stage(epoch, parameters));
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
        if (begun == null) {
            throw new IllegalStateException("run: nothing to record: it has not started");
        }
        Map<String, String> all = new LinkedHashMap<>(configuration);
        all.putAll(SettingsList.of(begun.settings()));
        return new RunRecord(begun, stages, epochs, bestEpoch, labelCounts, worst, all, versions(), Instant.now());
    }

    private static Map<String, String> versions() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("Retort", Retort.version());
        versions.put("Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        versions.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        versions.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        return versions;
    }
}
