package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.autograd.Variable;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class TrainerTest {

    @TempDir
    Path folder;

    private SmallRun run;

    @BeforeEach
    void openRun() throws IOException {
        run = new SmallRun(folder);
    }

    @AfterEach
    void closeRun() {
        run.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"heads-only", "frozen-backbone", "frozen-head sentiment", "lower-layers 2", "full", "gradual"})
    void run_everyScenario_trainsWhatItNamesAndLeavesTheRestToTheBit(String spelled) throws IOException {
        Scenario scenario = Scenario.parse(spelled);
        TrainingSettings settings = SmallRun.settings(scenario).withEpochs(5); // 60 steps
        Map<String, float[]> trained = parameters(settings);
        Map<String, float[]> before =
                parameters(settings.withOptimization(Optimization.adam().withRates(0, 0)));

        assertThat(trained.keySet()).isEqualTo(before.keySet());
        trained.forEach((name, values) -> {
            boolean free = scenario.freezing(4, SmallRun.LAYERS).trains(name);
            if (free) {
                assertThat(values).as(name).isNotEqualTo(before.get(name));
            } else {
                assertThat(values).as(name).isEqualTo(before.get(name));
            }
        });
    }

    @Test
    void run_full_learnsBothTasks() throws IOException {
        List<TrainingListener.EpochReport> epochs = new ArrayList<>();
        try (SmallRun calm = new SmallRun(Files.createDirectory(folder.resolve("calm")), 0);
                Trainer trainer = Trainer.start(
                        calm.plan(
                                SmallRun.settings(Scenario.full())
                                        .withEpochs(40)
                                        .withOptimization(Optimization.adam().withRates(3e-4, 1e-2)),
                                null),
                        collecting(epochs))) {
            trainer.run();
        }
        double first = epochs.get(0).total();
        assertThat(epochs.get(39).total()).isLessThan(0.75 * first);
        assertThat(epochs.get(39).dev().jointRows()).isEqualTo(18);
    }

    @Test
    void run_headsOnlyAndFrozenBackbone_endWithTheSameHeads() throws IOException {
        Map<String, float[]> kept = parameters(SmallRun.settings(Scenario.headsOnly()));
        Map<String, float[]> recomputed = parameters(SmallRun.settings(Scenario.frozenBackbone()));

        assertSame(kept, recomputed);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void run_sameSeedAndThreads_sameBitsAnotherSeedOthers(int threads) throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.full()).withThreads(threads);
        Map<String, float[]> first = parameters(settings);
        Map<String, float[]> again = parameters(settings);
        Map<String, float[]> other = parameters(settings.withSeed(7));

        assertSame(first, again);
        assertThat(other.get("heads.topic.output.weight")).isNotEqualTo(first.get("heads.topic.output.weight"));
    }

    @Test
    void run_twoThreads_lossesAreThoseOfOneWithoutDropout() throws IOException {
        List<Double> losses = new ArrayList<>();
        for (int threads : new int[] {1, 2}) {
            TrainingSettings settings = SmallRun.settings(Scenario.full())
                    .withThreads(threads)
                    .withOptimization(Optimization.adam().withRates(1e-4, 1e-3));
            List<TrainingListener.EpochReport> epochs = new ArrayList<>();
            try (SmallRun calm = new SmallRun(Files.createDirectory(folder.resolve("threads-" + threads)), 0);
                    Trainer trainer = Trainer.start(calm.plan(settings, null), collecting(epochs))) {
                trainer.run();
            }
            epochs.forEach(epoch -> losses.add(epoch.total()));
        }
        for (int epoch = 0; epoch < 3; epoch++) {
            assertThat(losses.get(3 + epoch)).isCloseTo(losses.get(epoch), within(1e-3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "heads-only", "gradual"})
    void resume_afterAnEndAtAnyStep_endsWithTheBytesOfTheUndisturbedRun(String spelled) throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.parse(spelled))
                .withCheckpoints(2, 5)
                .withOptimization(Optimization.adamW()
                        .withRates(1e-3, 1e-2)
                        .withMaxNorm(1)
                        .withSchedule(Optimization.Shape.COSINE, 0.1));
        Path whole = folder.resolve("whole");
        runAll(run.plan(settings, whole));
        for (int end : new int[] {3, 5, 13, 29}) {
            Path interrupted = folder.resolve("interrupted-" + end);
            TrainingPlan plan = run.plan(settings, interrupted);
            assertThatThrownBy(() -> {
                        try (Trainer trainer = Trainer.start(plan, endingAfter(end))) {
                            trainer.run();
                        }
                    })
                    .isInstanceOf(PowerCut.class);
            try (Trainer trainer = Trainer.resume(plan, TrainingListener.NONE)) {
                trainer.run();
            }
            assertThat(last(interrupted)).as("end after step " + end).hasSameBinaryContentAs(last(whole));
        }
    }

    @Test
    void resume_ofAnotherRun_saysWhatIsDifferent() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly());
        runAll(run.plan(settings, folder.resolve("run")));

        assertThatThrownBy(() ->
                        Trainer.resume(run.plan(settings.withSeed(8), folder.resolve("run")), TrainingListener.NONE))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("is of another run: settings: saved")
                .hasMessageContaining("seed=8");
    }

    @Test
    void resume_withAnotherPretrainedModel_isRefusedWhereItsFrozenParametersCount() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.lowerLayers(1));
        Path checkpoints = folder.resolve("run");
        runAll(run.plan(settings, checkpoints));

        run.spoil("transformer.layer.0.ffn.lin1.bias");
        assertThatThrownBy(() -> Trainer.resume(run.plan(settings, checkpoints), TrainingListener.NONE))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("is of another run: frozen parameters: saved");
    }

    @Test
    void start_intoAFolderWithCheckpoints_isRefusedAndLosesNothing() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly());
        Path checkpoints = folder.resolve("run");
        runAll(run.plan(settings, checkpoints));
        List<Path> before = new CheckpointFolder(checkpoints, 1).newestFirst();

        assertThatThrownBy(() -> Trainer.start(run.plan(settings, checkpoints), TrainingListener.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds checkpoints of a run");
        assertThat(new CheckpointFolder(checkpoints, 1).newestFirst()).isEqualTo(before);
    }

    @Test
    void run_patience_endsAfterEpochsWithoutImprovement() throws IOException {
        List<TrainingListener.EpochReport> epochs = new ArrayList<>();
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly())
                .withEpochs(50)
                .withPatience(2)
                .withOptimization(Optimization.adam().withRates(0, 0)); // the first epoch stays the best
        try (Trainer trainer = Trainer.start(run.plan(settings, null), collecting(epochs))) {
            assertThat(trainer.run().bestEpoch()).isZero();
        }
        assertThat(epochs).hasSize(3);
    }

    @Test
    void run_rateFarTooHigh_stopsWithStepTaskAndLastCheckpoint() throws IOException {
        Path checkpoints = folder.resolve("diverging");
        TrainingSettings settings = SmallRun.settings(Scenario.full())
                .withCheckpoints(1, 1)
                .withOptimization(Optimization.adam().withRates(1e38, 1e38));
        try (Trainer trainer = Trainer.start(run.plan(settings, checkpoints), TrainingListener.NONE)) {
            assertThatThrownBy(trainer::run)
                    .isInstanceOf(DivergedException.class)
                    .hasMessageMatching("diverged at step \\d+: the (loss|sum) of \\S+ is (NaN|-?Infinity).*")
                    .hasMessageContaining("last finite losses");
        }
    }

    @Test
    void run_accumulatedBatches_isAboutOneLargeBatchWithoutDropout() throws IOException {
        List<TrainingListener.Step> steps = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void stepDone(Step step) {
                steps.add(step);
            }
        };
        TrainingSettings settings =
                SmallRun.settings(Scenario.full()).withBatches(4, 3).withEpochs(1);
        try (Trainer trainer = Trainer.start(run.plan(settings, null), listener)) {
            trainer.run();
        }
        assertThat(steps).extracting(TrainingListener.Step::rows).containsExactly(12, 12, 12, 9); // 45 rows, 12 batches
    }

    // ---- closing ----

    @Test
    void close_afterARun_endsTheThreadsAndLeavesTheTrainedModel() throws IOException, InterruptedException {
        for (String scenario : new String[] {"heads-only", "full"}) {
            Trainer trainer =
                    Trainer.start(run.plan(SmallRun.settings(Scenario.parse(scenario)), null), TrainingListener.NONE);
            TrainedModel model = trainer.run();
            trainer.close();
            trainer.close();

            Running.assertNoThreads();
            assertThat(tensors(model)).noneMatch(INDArray::wasClosed);

            model.close();
            model.close();
            assertThat(tensors(model)).allMatch(INDArray::wasClosed);
        }
    }

    @Test
    void close_withoutARun_endsTheThreads() throws IOException, InterruptedException {
        Trainer.start(run.plan(SmallRun.settings(Scenario.full()), null), TrainingListener.NONE)
                .close();

        Running.assertNoThreads();
    }

    @Test
    void start_failsHalfWay_leavesNothingOpen() throws InterruptedException {
        TrainingSettings tooManyLayers = SmallRun.settings(Scenario.lowerLayers(SmallRun.LAYERS + 1));

        assertThatThrownBy(() -> Trainer.start(run.plan(tooManyLayers, null), TrainingListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layers");
        Running.assertNoThreads();
    }

    @Test
    void resume_refused_leavesNothingOpen() throws IOException, InterruptedException {
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly());
        Path checkpoints = folder.resolve("run");
        runAll(run.plan(settings, checkpoints));

        assertThatThrownBy(() -> Trainer.resume(run.plan(settings.withSeed(8), checkpoints), TrainingListener.NONE))
                .isInstanceOf(MalformedCheckpointException.class);
        Running.assertNoThreads();
    }

    @Test
    void run_aSecondTime_isRefused() throws IOException {
        try (Trainer trainer =
                Trainer.start(run.plan(SmallRun.settings(Scenario.headsOnly()), null), TrainingListener.NONE)) {
            trainer.run().close();

            assertThatThrownBy(trainer::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("run: was called before: open a trainer for each run");
        }
    }

    /** Each holds 51 MB of parameters and copies: kept until the garbage collector comes, thirty would be 1.5 GB. */
    @Test
    void run_manyTrainersInOneProcess_keepNoMemory() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.isReadable(status), "no " + status + " to tell the process's memory");
        try (SmallRun large =
                new SmallRun(Files.createDirectory(folder.resolve("large")), 0, SentenceSettings.mean(12), 400_000)) {
            TrainingPlan plan = large.plan(SmallRun.settings(Scenario.full()).withEpochs(1), null);
            for (int i = 0; i < 4; i++) {
                trainAndClose(plan);
            }
            long before = anonymousKibibytes(status);
            for (int i = 0; i < 12; i++) {
                trainAndClose(plan);
            }
            assertThat(anonymousKibibytes(status) - before).isLessThan(100 * 1024);
        }
    }

    private static void trainAndClose(TrainingPlan plan) throws IOException {
        try (Trainer trainer = Trainer.start(plan, TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            assertThat(model.bestEpoch()).isZero();
        }
    }

    private static long anonymousKibibytes(Path status) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    // ---- how ----

    private static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static TrainingListener endingAfter(int end) {
        return new TrainingListener() {
            @Override
            public void stepDone(Step step) {
                if (step.step() == end) {
                    throw new PowerCut();
                }
            }
        };
    }

    private static TrainingListener collecting(List<TrainingListener.EpochReport> epochs) {
        return new TrainingListener() {
            @Override
            public void epochDone(EpochReport epoch) {
                epochs.add(epoch);
            }
        };
    }

    private static List<INDArray> tensors(TrainedModel model) {
        return model.model().parameters().values().stream().map(Variable::value).toList();
    }

    private static void runAll(TrainingPlan plan) throws IOException {
        try (Trainer trainer = Trainer.start(plan, TrainingListener.NONE)) {
            trainer.run().close();
        }
    }

    private static Path last(Path checkpoints) throws IOException {
        return new CheckpointFolder(checkpoints, 1).newestFirst().get(0);
    }

    /** All parameters after the last epoch. */
    private Map<String, float[]> parameters(TrainingSettings settings) throws IOException {
        TrainingPlan plan = run.plan(settings, null);
        Map<String, float[]> values = new LinkedHashMap<>();
        TrainingPlan withoutDev =
                new TrainingPlan(plan.backbone(), plan.tasks(), plan.train(), null, plan.losses(), settings, null);
        try (Trainer trainer = Trainer.start(withoutDev, TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            model.model()
                    .parameters()
                    .forEach((name, variable) ->
                            values.put(name, variable.value().dup('c').data().asFloat()));
        }
        return values;
    }

    private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }
}
