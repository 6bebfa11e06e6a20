package dev.retort.train.report;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener;
import dev.retort.train.dataset.LabelCounts;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run as it went. {@link RunRecorder} collects it.
 *
 * @param start what was about to be done
 * @param parameters what is trained in the last epoch
 * @param stages of unfreezing, the first one included
 * @param epochs in order: all that were done, unless the run was resumed and its metrics were lost
 * @param bestEpoch whose parameters were kept, from 0; -1 for the last without a dev set
 * @param labelCounts rows by label of each part of the data, such as {@code train} and {@code dev}, in the order in which they are shown
 * @param worst the rows with the highest losses, one entry a task
 * @param configuration what the run was done with, by name
 * @param versions of what computed, by name
 * @param finished when it was recorded
 */
public record RunRecord(
        TrainingListener.Start start,
        ParameterTable parameters,
        List<RunHistory.Stage> stages,
        List<TrainingListener.EpochReport> epochs,
        int bestEpoch,
        Map<String, List<LabelCounts>> labelCounts,
        List<WorstRows> worst,
        Map<String, String> configuration,
        Map<String, String> versions,
        Instant finished) {

    public RunRecord {
        stages = List.copyOf(stages);
        epochs = List.copyOf(epochs);
        labelCounts = inOrder(labelCounts);
        worst = List.copyOf(worst);
        configuration = inOrder(configuration);
        versions = inOrder(versions);
    }

    /** The epoch whose parameters were kept, if it is known and was chosen by a dev set. */
    public Optional<TrainingListener.EpochReport> best() {
        return epochs.stream().filter(epoch -> epoch.epoch() == bestEpoch).findFirst();
    }

    private static <V> Map<String, V> inOrder(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
