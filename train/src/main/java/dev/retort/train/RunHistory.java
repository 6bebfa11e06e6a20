package dev.retort.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.model.classification.ParameterTable;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run as its metrics tell it: what a {@link MetricsLog} wrote, read back to the last bit.
 *
 * @param stages of unfreezing, the first one included
 * @param epochs that are over, in order
 * @param end null if the run is not finished, or its metrics were cut off before
 */
public record RunHistory(
        List<Stage> stages,
        List<EpochReport> epochs,
        @Nullable End end) {

    private static final JsonMapper JSON = new JsonMapper();

    public RunHistory {
        stages = List.copyOf(stages);
        epochs = List.copyOf(epochs);
    }

    /**
     * How much is trained from an epoch on.
     *
     * @param epoch from 0
     * @param elementCount of the model's parameters
     * @param trainedCount of those that receive gradients
     * @param stateBytes what the optimiser keeps
     */
    public record Stage(int epoch, long elementCount, long trainedCount, long stateBytes) {

        /** The sums of a table. */
        public static Stage of(int epoch, ParameterTable parameters) {
            return new Stage(epoch, parameters.elementCount(), parameters.trainedCount(), parameters.stateBytes());
        }

        /** The trained share, 0 to 1. */
        public double trainedShare() {
            return (double) trainedCount / elementCount;
        }

        /** Adds itself to those before, unless nothing has changed: a run that is resumed starts again with what it had. */
        public void addTo(List<Stage> before) {
            if (before.isEmpty() || before.get(before.size() - 1).trainedCount() != trainedCount) {
                before.add(this);
            }
        }
    }

    /**
     * How it ended.
     *
     * @param bestEpoch from 0, -1 without a dev set
     * @param peakBytes the most memory that the process has held, or -1 where nothing tells
     */
    public record End(int bestEpoch, long peakBytes) {}

    /**
     * Reads the events up to a step. What follows a line that is none, as a process leaves it that ends while it writes, does not count.
     *
     * @param metrics need not exist: then nothing is known
     * @param lastStep of the optimiser
     * @throws IOException if the file cannot be read
     */
    public static RunHistory read(Path metrics, long lastStep) throws IOException {
        List<Stage> stages = new ArrayList<>();
        List<EpochReport> epochs = new ArrayList<>();
        End end = null;
        if (!Files.exists(metrics)) {
            return new RunHistory(stages, epochs, end);
        }
        try (Stream<String> lines = Files.lines(metrics)) {
            for (String line : (Iterable<String>) lines::iterator) {
                JsonNode event = event(line);
                if (event == null || event.path("step").asLong(Long.MAX_VALUE) > lastStep) {
                    break;
                }
                switch (event.path("event").asText()) {
                    case "start", "unfrozen" -> stage(event).addTo(stages);
                    case "epoch" -> epochs.add(epoch(event));
                    case "end" -> end = end(event);
                    default -> {} // a step
                }
            }
        }
        return new RunHistory(stages, epochs, end);
    }

    /** Reads everything. */
    public static RunHistory read(Path metrics) throws IOException {
        return read(metrics, Long.MAX_VALUE);
    }

    /** The epochs' place of the one whose parameters were kept: the best, the last without a dev set; -1 if that is unknown. */
    public int keptEpoch() {
        if (end == null) {
            return -1;
        }
        if (end.bestEpoch() < 0) {
            return epochs.size() - 1;
        }
        for (int i = 0; i < epochs.size(); i++) {
            if (epochs.get(i).epoch() == end.bestEpoch()) {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable JsonNode event(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static Stage stage(JsonNode event) {
        JsonNode parameters = event.path("parameters");
        return new Stage(
                event.path("epoch").asInt() - 1,
                parameters.path("all").asLong(),
                parameters.path("trained").asLong(),
                parameters.path("optimizerBytes").asLong());
    }

    private static EpochReport epoch(JsonNode event) {
        Map<String, Double> losses = new LinkedHashMap<>();
        event.path("losses").fields().forEachRemaining(loss -> losses.put(loss.getKey(), number(loss.getValue())));
        return new EpochReport(
                event.path("epoch").asInt() - 1,
                event.path("step").asLong(),
                losses,
                number(event.path("loss")),
                evaluation(event.path("dev")),
                event.path("best").asBoolean(),
                number(event.path("seconds")),
                number(event.path("evaluationSeconds")));
    }

    private static Evaluation evaluation(JsonNode dev) {
        List<TaskEvaluation> tasks = new ArrayList<>();
        dev.path("tasks").fields().forEachRemaining(task -> {
            JsonNode figures = task.getValue();
            List<String> labels = new ArrayList<>();
            figures.path("labels").forEach(label -> labels.add(label.asText()));
            List<List<Integer>> confusion = new ArrayList<>();
            figures.path("confusion").forEach(line -> {
                List<Integer> counts = new ArrayList<>();
                line.forEach(count -> counts.add(count.asInt()));
                confusion.add(counts);
            });
            tasks.add(new TaskEvaluation(
                    task.getKey(),
                    labels,
                    confusion,
                    number(figures.path("accuracy")),
                    number(figures.path("macroF1")),
                    number(figures.path("loss"))));
        });
        return new Evaluation(
                tasks,
                number(dev.path("jointAccuracy")),
                dev.path("jointRows").asInt(),
                dev.path("rows").asInt());
    }

    private static End end(JsonNode event) {
        return new End(
                event.path("bestEpoch").asInt(0) - 1, event.path("peakBytes").asLong(-1));
    }

    /** NaN stands there as null, and so do infinities. */
    private static double number(JsonNode value) {
        return value.asDouble(Double.NaN);
    }
}
