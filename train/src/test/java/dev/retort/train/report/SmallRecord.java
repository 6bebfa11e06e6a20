package dev.retort.train.report;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.Evaluation;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.TrainingListener;
import dev.retort.train.TrainingListener.EpochReport;
import dev.retort.train.TrainingSettings;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.Example;
import dev.retort.train.dataset.TaskLabels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Parts of records of a run that nobody trained. */
final class SmallRecord {

    static final TaskLabels TOPIC = new TaskLabels("topic", List.of("Science", "Other"));
    static final TaskLabels MOOD = new TaskLabels("mood", List.of("good", "bad", "plain"));

    static final ParameterTable HEADS_ONLY = new ParameterTable(
            List.of(
                    new ParameterTable.Row("encoder.layer.0.weight", List.of(1234L, 1000L), false),
                    new ParameterTable.Row("heads.topic.weight", List.of(2L, 768L), true)),
            8);
    static final ParameterTable ALL = new ParameterTable(
            HEADS_ONLY.rows().stream()
                    .map(row -> new ParameterTable.Row(row.name(), row.shape(), true))
                    .toList(),
            8);

    private SmallRecord() {}

    static RunRecorder started(int epochs, int devRows) {
        RunRecorder recorder = new RunRecorder();
        recorder.started(start(HEADS_ONLY, epochs, devRows, 0, 0));
        return recorder;
    }

    static TrainingListener.Start start(
            ParameterTable parameters, int epochs, int devRows, int firstEpoch, long firstStep) {
        return new TrainingListener.Start(
                parameters,
                TrainingSettings.defaults().withEpochs(epochs),
                12_345,
                devRows,
                10,
                10L * epochs,
                firstEpoch,
                firstStep);
    }

    static EpochReport epoch(int epoch, Map<String, Double> losses, TaskEvaluation... dev) {
        int rows = Arrays.stream(dev).mapToInt(TaskEvaluation::rows).max().orElse(0);
        return new EpochReport(
                epoch,
                10L * (epoch + 1),
                losses,
                1,
                new Evaluation(List.of(dev), rows == 0 ? Double.NaN : 0.625, rows, rows),
                false,
                1.5,
                0.25);
    }

    static TaskEvaluation topic(double accuracy, double loss) {
        return new TaskEvaluation(
                "topic", TOPIC.names(), List.of(List.of(1500, 500), List.of(0, 47)), accuracy, accuracy - 0.05, loss);
    }

    static TaskEvaluation unlabelledMood() {
        return new TaskEvaluation(
                "mood",
                MOOD.names(),
                List.of(List.of(0, 0, 0), List.of(0, 0, 0), List.of(0, 0, 0)),
                Double.NaN,
                0,
                Double.NaN);
    }

    static Dataset dataset(List<TaskLabels> tasks, Example... rows) {
        return new Dataset() {
            @Override
            public String name() {
                return "small";
            }

            @Override
            public List<TaskLabels> tasks() {
                return tasks;
            }

            @Override
            public int size() {
                return rows.length;
            }

            @Override
            public Example get(int row) {
                return rows[row];
            }

            @Override
            public int label(int row, int task) {
                return rows[row].labels()[task];
            }

            @Override
            public long fingerprint() {
                return 1;
            }
        };
    }

    static Example example(String text, int... labels) {
        return new Example(text, labels, "small:1");
    }
}
