package dev.retort.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.inference.Retort;
import dev.retort.train.Optimization;
import dev.retort.train.TrainingSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
                        new RunRecord.Stage(0, SmallRecord.HEADS_ONLY), new RunRecord.Stage(1, SmallRecord.ALL));
        assertThat(run.epochs()).hasSize(2);
        assertThat(run.versions())
                .containsEntry("Retort", Retort.version())
                .containsKeys("Java", "system", "processors");
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
