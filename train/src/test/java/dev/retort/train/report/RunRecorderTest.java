package dev.retort.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.inference.Retort;
import dev.retort.train.MetricsLog;
import dev.retort.train.Optimization;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener;
import dev.retort.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecorderTest {

    @Test
    void record_beforeTheStart_isRefused() {
        assertThatThrownBy(() -> new RunRecorder().record(-1, Map.of(), List.of(), Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("run: nothing to record: it has not started");
    }

    @Test
    void record_afterUnfreezing_holdsStagesEpochsAndVersions() {
        RunRecorder recorder = SmallRecord.started(3, 0);
        recorder.epochDone(SmallRecord.epoch(0, Map.of("topic", 1.0)));
        recorder.unfrozen(1, SmallRecord.ALL);
        recorder.epochDone(SmallRecord.epoch(1, Map.of("topic", 0.5)));
        RunRecord run = recorder.record(-1, Map.of(), List.of(), Map.of("model", "small"));
        recorder.epochDone(SmallRecord.epoch(2, Map.of("topic", 0.4)));

        assertThat(run.stages())
                .containsExactly(
                        RunHistory.Stage.of(0, SmallRecord.HEADS_ONLY), RunHistory.Stage.of(1, SmallRecord.ALL));
        assertThat(run.parameters()).isEqualTo(SmallRecord.ALL);
        assertThat(run.epochs()).hasSize(2);
        assertThat(run.versions())
                .containsEntry("Retort", Retort.version())
                .containsKeys("Java", "system", "processors");
    }

    @Test
    void record_resumedRun_holdsTheEpochsBefore(@TempDir Path folder) throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        TrainingListener.EpochReport first = SmallRecord.epoch(0, Map.of("topic", 1.0), SmallRecord.topic(0.75, 0.8));
        TrainingListener.EpochReport second = SmallRecord.epoch(1, Map.of("topic", 0.5), SmallRecord.topic(0.5, 0.9));
        try (MetricsLog log = MetricsLog.open(metrics)) {
            log.started(SmallRecord.start(SmallRecord.HEADS_ONLY, 3, 100, 0, 0));
            log.epochDone(first); // step 0 for the log, which heard of none
        }
        RunRecorder recorder = new RunRecorder(metrics);
        recorder.started(SmallRecord.start(SmallRecord.ALL, 3, 100, 1, 10));
        recorder.epochDone(second);
        RunRecord run = recorder.record(0, Map.of(), List.of(), Map.of());

        assertThat(run.epochs()).extracting(TrainingListener.EpochReport::epoch).containsExactly(0, 1);
        assertThat(run.epochs().get(0).dev()).isEqualTo(first.dev());
        assertThat(run.stages())
                .containsExactly(
                        RunHistory.Stage.of(0, SmallRecord.HEADS_ONLY), RunHistory.Stage.of(1, SmallRecord.ALL));
        assertThat(HtmlReport.html(run)).contains("best epoch 1");
    }

    @Test
    void record_newRunOverOldMetrics_holdsNothingOfThem(@TempDir Path folder) throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        try (MetricsLog log = MetricsLog.open(metrics)) {
            log.started(SmallRecord.start(SmallRecord.HEADS_ONLY, 3, 100, 0, 0));
            log.epochDone(SmallRecord.epoch(0, Map.of("topic", 1.0)));
        }
        RunRecorder recorder = new RunRecorder(metrics);
        recorder.started(SmallRecord.start(SmallRecord.HEADS_ONLY, 3, 100, 0, 0));

        assertThat(recorder.record(-1, Map.of(), List.of(), Map.of()).epochs()).isEmpty();
    }

    @Test
    void configuration_ofAnyRun_hasTheCallersEntriesFirstAndEverySetting() {
        RunRecord run = SmallRecord.started(3, 0).record(-1, Map.of(), List.of(), Map.of("model", "small"));
        int settings = TrainingSettings.class.getRecordComponents().length
                - 1 // the optimisation, whose own follow
                + Optimization.class.getRecordComponents().length;

        assertThat(run.configuration().keySet().iterator().next()).isEqualTo("model");
        assertThat(run.configuration())
                .hasSize(1 + settings)
                .containsEntry("epochs", "3")
                .containsEntry("seed", "42");
    }
}
