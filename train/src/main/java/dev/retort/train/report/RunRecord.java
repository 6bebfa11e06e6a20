package dev.retort.train.report;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.TrainingListener;
import dev.retort.train.dataset.LabelCounts;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run as it went. {@link RunRecorder} collects it.
 *
 * @param start what was about to be done
 * @param stages of unfreezing, the first one included
 * @param epochs that were heard of, in order: all of them, unless the run was resumed
 * @param bestEpoch whose parameters were kept, from 0; -1 for the last without a dev set
 * @param labelCounts rows by label of each part of the data, such as {@code train} and {@code dev}, in the order in which they are shown
 * @param worst the rows with the highest losses, one entry a task
 * @param configuration what the run was done with, by name
 * @param versions of what computed, by name
 * @param finished when it was recorded
 */
public record RunRecord(
        TrainingListener.Start start,
        List<Stage> stages,
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

    /**
     * What is trained from an epoch on.
     *
     * @param epoch from 0
     * @param parameters of the model
     */
    public record Stage(int epoch, ParameterTable parameters) {}

    private static <V> Map<String, V> inOrder(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
