package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.model.classification.ParameterTable;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunHistoryTest {

    private static final ParameterTable HEADS = table(false);
    private static final ParameterTable ALL = table(true);

    private static final EpochReport FIRST = new EpochReport(
            0,
            10,
            Map.of("topic", 0.1 + 0.2, "mood", Double.NaN),
            1.0 / 3,
            new Evaluation(
                    List.of(
                            new TaskEvaluation(
                                    "topic",
                                    List.of("Science", "Other"),
                                    List.of(List.of(3, 1), List.of(0, 2)),
                                    5 / 6.0,
                                    0.8,
                                    0.7),
                            new TaskEvaluation(
                                    "mood",
                                    List.of("good", "bad"),
                                    List.of(List.of(0, 0), List.of(0, 0)),
                                    Double.NaN,
                                    0,
                                    Double.NaN)),
                    Double.NaN,
                    0,
                    6),
            true,
            1.5,
            0.25);
    private static final EpochReport SECOND =
            new EpochReport(1, 20, Map.of("topic", 0.2), 0.2, Evaluation.none(), false, 1.25, 0);

    @TempDir
    private Path folder;

    private Path metrics;

    @BeforeEach
    void name() {
        metrics = folder.resolve("metrics.jsonl");
    }

    private static ParameterTable table(boolean all) {
        return new ParameterTable(
                List.of(
                        new ParameterTable.Row("encoder.layer.0.weight", List.of(5L, 7L), all),
                        new ParameterTable.Row("heads.topic.weight", List.of(2L, 3L), true)),
                8);
    }

    private static TrainingListener.Start start(ParameterTable parameters, int firstEpoch, long firstStep) {
        return new TrainingListener.Start(
                parameters, TrainingSettings.defaults().withEpochs(3), 80, 6, 10, 30, firstEpoch, firstStep);
    }

    private void begin() throws IOException {
        try (MetricsLog log = MetricsLog.open(metrics)) {
            log.started(start(HEADS, 0, 0));
            steps(log, 0, 10);
            log.epochDone(FIRST);
            log.unfrozen(1, ALL);
            steps(log, 1, 20);
            log.epochDone(SECOND);
        }
    }

    private static void steps(MetricsLog log, int epoch, int last) {
        for (int step = last - 9; step <= last; step++) {
            log.stepDone(new TrainingListener.Step(
                    epoch, step, 30, Map.of("topic", 0.5), 0.5, Map.of("heads", 1e-3), Double.NaN, 8));
        }
    }

    @Test
    void read_whatWasLogged_isTheSameToTheLastBit() throws IOException {
        begin();
        RunHistory history = RunHistory.read(metrics);

        assertThat(history.epochs()).containsExactly(FIRST, SECOND);
        assertThat(history.stages())
                .containsExactly(new RunHistory.Stage(0, 41, 6, 48), new RunHistory.Stage(1, 41, 41, 328));
        assertThat(history.end()).isNull();
        assertThat(history.keptEpoch()).isEqualTo(-1);
    }

    @Test
    void read_upToAStep_leavesOutWhatWasAfterIt() throws IOException {
        begin();

        assertThat(RunHistory.read(metrics, 19).epochs()).containsExactly(FIRST);
        assertThat(RunHistory.read(metrics, 9).epochs()).isEmpty();
    }

    @Test
    void read_resumedRun_hasEveryEpochOnceAndNoStageTwice() throws IOException {
        begin();
        try (MetricsLog log = MetricsLog.open(metrics)) {
            log.started(start(ALL, 1, 10)); // from the first epoch's checkpoint
            steps(log, 1, 20);
            log.epochDone(SECOND);
            log.ended(0, 2, 1 << 30);
        }
        RunHistory history = RunHistory.read(metrics);

        assertThat(history.epochs()).containsExactly(FIRST, SECOND);
        assertThat(history.stages()).extracting(RunHistory.Stage::trainedCount).containsExactly(6L, 41L);
        assertThat(history.end()).isEqualTo(new RunHistory.End(0, 1 << 30));
        assertThat(history.keptEpoch()).isZero();
    }

    @Test
    void read_withoutDevSetOrPeak_keepsTheLastEpoch() throws IOException {
        begin();
        try (MetricsLog log = MetricsLog.open(metrics)) {
            log.started(start(ALL, 2, 20));
            log.ended(-1, 2, -1);
        }
        RunHistory history = RunHistory.read(metrics);

        assertThat(history.end()).isEqualTo(new RunHistory.End(-1, -1));
        assertThat(history.keptEpoch()).isEqualTo(1);
    }

    @Test
    void read_lineCutOff_endsThere() throws IOException {
        begin();
        Files.writeString(metrics, "{\"event\":\"epoch\",\"st", StandardOpenOption.APPEND);

        assertThat(RunHistory.read(metrics).epochs()).containsExactly(FIRST, SECOND);
    }

    @Test
    void read_noFile_isEmpty() throws IOException {
        assertThat(RunHistory.read(folder.resolve("none"))).isEqualTo(new RunHistory(List.of(), List.of(), null));
    }
}
