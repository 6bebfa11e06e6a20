package dev.retort.train;

import dev.retort.model.Freezing;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.TaskLabels;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run needs. What is open stays the caller's to close, after the run.
 *
 * @param backbone the pretrained sentence model
 * @param tasks a head each, for the tasks of the data sets, with their labels, in their order
 * @param train rows to learn from
 * @param dev rows to choose the best epoch by, or null
 * @param losses of the tasks, in their order
 * @param settings how
 * @param checkpoints the folder of checkpoints, or null for none
 */
public record TrainingPlan(
        SentenceCheckpoint backbone,
        List<ClassificationTask> tasks,
        Dataset train,
        @Nullable Dataset dev,
        List<TaskLoss> losses,
        TrainingSettings settings,
        @Nullable Path checkpoints) {

    private static final int SHORTEST = 3;

    public TrainingPlan {
        tasks = List.copyOf(tasks);
        losses = List.copyOf(losses);
        if (losses.size() != tasks.size()) {
            throw new IllegalArgumentException(
                    "losses: expected one a task, " + tasks.size() + ", got " + losses.size());
        }
        for (int task = 0; task < losses.size(); task++) {
            List<Double> weights = losses.get(task).classWeights();
            if (weights != null && weights.size() != tasks.get(task).classCount()) {
                throw new IllegalArgumentException("class weights: task "
                        + tasks.get(task).name() + ": expected one for each of "
                        + tasks.get(task).labels() + ", got " + weights);
            }
        }
        requireSameTasks(tasks, train);
        if (dev != null) {
            requireSameTasks(tasks, dev);
        }
        if (train.size() == 0) {
            throw new IllegalArgumentException(train.name() + ": holds no rows to learn from");
        }
        int positions = backbone.config().positionCount();
        if (settings.maxTokens() > positions) {
            throw new IllegalArgumentException(
                    "max tokens: the model has " + positions + " positions, asked for " + settings.maxTokens());
        }
        if (settings.maxTokens() > 0 && settings.maxTokens() < SHORTEST) {
            throw new IllegalArgumentException("max tokens: expected at least " + SHORTEST
                    + ", a token between [CLS] and [SEP], got " + settings.maxTokens());
        }
    }

    private static void requireSameTasks(List<ClassificationTask> tasks, Dataset dataset) {
        List<TaskLabels> expected = tasks.stream()
                .map(task -> new TaskLabels(task.name(), task.labels()))
                .toList();
        if (!dataset.tasks().equals(expected)) {
            throw new IllegalArgumentException(dataset.name() + ": its tasks are not the model's: expected " + expected
                    + ", got " + dataset.tasks());
        }
    }

    /** What is frozen in an epoch, from 0. */
    Freezing freezing(int epoch) {
        return settings.scenario().freezing(epoch, layerCount());
    }

    /** Layers of the encoder. */
    int layerCount() {
        return backbone.config().layerCount();
    }

    /** The tasks' names, in their order. */
    List<String> taskNames() {
        return tasks.stream().map(ClassificationTask::name).toList();
    }

    /** The most tokens of a text, [CLS] and [SEP] included. */
    int maxTokens() {
        return settings.maxTokens() == 0 ? backbone.settings().maxSequenceLength() : settings.maxTokens();
    }

    /** E, the width of the vectors that the heads are given. */
    int embeddingSize() {
        int width = backbone.config().hiddenSize()
                * backbone.settings().pooling().modes().size();
        for (ModuleSettings module : backbone.settings().modules()) {
            width = module instanceof ModuleSettings.OfDense dense ? dense.outputSize() : width;
        }
        return width;
    }
}
