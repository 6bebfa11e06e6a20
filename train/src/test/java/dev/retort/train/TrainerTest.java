package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.inference.Classification;
import dev.retort.inference.ModelTokenizer;
import dev.retort.inference.MultiTaskClassifier;
import dev.retort.model.classification.ParameterTable;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.train.dataset.Dataset;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
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
    void run_startedInAFolderWithCheckpoints_isRefusedAndLosesNothing() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly());
        Path checkpoints = folder.resolve("run");
        runAll(run.plan(settings, checkpoints));
        List<Path> before = new CheckpointFolder(checkpoints, 1).newestFirst();

        try (Trainer trainer = Trainer.start(run.plan(settings, checkpoints), TrainingListener.NONE)) {
            assertThatThrownBy(trainer::run)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("holds checkpoints of a run");
        }
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
    void run_patienceAndResumedAtTheEnd_doesNotTrainOn() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly())
                .withEpochs(50)
                .withPatience(2)
                .withOptimization(Optimization.adam().withRates(0, 0));
        TrainingPlan plan = run.plan(settings, folder.resolve("patient"));
        runAll(plan);

        List<TrainingListener.EpochReport> epochs = new ArrayList<>();
        try (Trainer trainer = Trainer.resume(plan, collecting(epochs));
                TrainedModel model = trainer.run()) {
            assertThat(model.bestEpoch()).isZero();
            assertThat(model.steps()).isEqualTo(3 * 12);
        }
        assertThat(epochs).isEmpty();
    }

    /** The run gets worse after its best epoch: what it ends with has the figures of that epoch, not of the last. */
    @Test
    void run_bestEpochIsNotTheLast_endsWithTheParametersOfTheBest() throws IOException {
        List<TrainingListener.EpochReport> epochs = new ArrayList<>();
        TrainingSettings settings = SmallRun.settings(Scenario.full())
                .withEpochs(12)
                .withOptimization(Optimization.adam().withRates(3e-2, 3e-2)); // too high
        TrainingPlan plan = run.plan(settings, null);
        try (Trainer trainer = Trainer.start(plan, collecting(epochs));
                TrainedModel model = trainer.run()) {
            assertThat(model.bestEpoch())
                    .as("the seed gives a best epoch before the last")
                    .isLessThan(11);
            TrainingListener.EpochReport best = epochs.get(model.bestEpoch());

            assertThat(best.dev().score())
                    .isEqualTo(epochs.stream()
                            .mapToDouble(epoch -> epoch.dev().score())
                            .max()
                            .orElseThrow());
            assertThat(evaluate(plan, model)).isEqualTo(best.dev());
            assertThat(evaluate(plan, model).meanLoss())
                    .isNotEqualTo(epochs.get(11).dev().meanLoss());
            assertThat(epochs)
                    .filteredOn(TrainingListener.EpochReport::improved)
                    .last()
                    .isEqualTo(best);
        }
    }

    /** Issue 5, point 2: the frozen head's own parameters stay, so its logits can change through the backbone alone. */
    @Test
    void run_headFrozen_itsLogitsChangeThroughTheBackboneOnly() throws IOException {
        TrainingSettings still = SmallRun.settings(Scenario.frozenHead("sentiment"))
                .withEpochs(1)
                .withOptimization(Optimization.adam().withRates(0, 1e-2)); // the backbone does not move
        TrainingSettings moving = still.withOptimization(Optimization.adam().withRates(1e-3, 1e-2));
        float[][][] before = logits(still.withOptimization(Optimization.adam().withRates(0, 0)));
        float[][][] headsMoved = logits(still);
        float[][][] allMoved = logits(moving);

        assertThat(headsMoved[0][0]).as("topic, whose head moved").isNotEqualTo(before[0][0]);
        assertThat(headsMoved[1]).as("sentiment, nothing below or in it moved").isDeepEqualTo(before[1]);
        assertThat(allMoved[1][0]).as("sentiment, the backbone moved").isNotEqualTo(before[1][0]);
    }

    @Test
    void run_gradual_freesALayerMoreAtATimeAndSaysSo() throws IOException {
        List<String> stages = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void unfrozen(int epoch, ParameterTable parameters) {
                stages.add(epoch + ": " + parameters.trainedCount());
            }
        };
        List<TrainingListener.EpochReport> epochs = new ArrayList<>();
        TrainingSettings settings = SmallRun.settings(Scenario.gradual(2)).withEpochs(9);
        long layer = 4 * (16 * 16 + 16) + 2 * 16 * 24 + 24 + 16 + 2 * 2 * 16;
        long heads = 16 * 8 + 8 + 8 * 3 + 3 + 16 * 3 + 3;
        try (Trainer trainer = Trainer.start(
                        run.plan(settings, null), TrainingListener.all(List.of(listener, collecting(epochs))));
                TrainedModel model = trainer.run()) {
            long embeddings = model.model().parameterTable(0).elementCount() - 3 * layer - heads;
            assertThat(stages)
                    .containsExactly(
                            "2: " + (heads + layer),
                            "4: " + (heads + 2 * layer),
                            "6: " + (heads + 3 * layer),
                            "8: " + (heads + 3 * layer + embeddings));
        }
        assertThat(epochs).hasSize(9);
    }

    /** The first epoch trains heads at a sane rate; the second frees a layer, at a rate that is not. */
    @Test
    void run_divergesInItsSecondEpoch_saysStepTaskAndLastFiniteLossesAndKeepsTheCheckpointOfTheFirst()
            throws IOException {
        Path checkpoints = folder.resolve("diverging");
        TrainingSettings settings = SmallRun.settings(Scenario.gradual(1))
                .withCheckpoints(5, 0)
                .withOptimization(Optimization.adam().withRates(1e38, 1e-3));
        try (Trainer trainer = Trainer.start(run.plan(settings, checkpoints), TrainingListener.NONE)) {
            assertThatThrownBy(trainer::run)
                    .isInstanceOfSatisfying(
                            DivergedException.class,
                            diverged -> assertThat(diverged.step()).isBetween(12L, 24L))
                    .hasMessageMatching("diverged at step \\d+: the (loss|sum) of \\S+ is (NaN|-?Infinity); "
                            + "last finite losses: \\{topic=[-0-9.E]+, sentiment=[-0-9.E]+}; "
                            + "last checkpoint: .*step-00000012.safetensors; .*");
        }
        List<Path> kept = new CheckpointFolder(checkpoints, 5).newestFirst();
        assertThat(kept).singleElement().satisfies(file -> assertThat(file).hasFileName("step-00000012.safetensors"));
        try (Checkpoint checkpoint = CheckpointFolder.open(kept.get(0))) {
            INDArray bias = CheckpointFolder.read(
                    checkpoint, "parameters.encoder.layer.2.feedForward.inner.bias", DataType.FLOAT, 24);
            assertThat(bias.toFloatVector())
                    .isEqualTo(run.backbone()
                            .parameters(DataType.FLOAT)
                            .load("encoder.layer.2.feedForward.inner.bias", 24)
                            .toFloatVector());
        }
    }

    @Test
    void run_gradientIsNotFiniteUnderClipping_isADivergence() throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.full())
                .withOptimization(Optimization.adam().withRates(1e38, 1e38).withMaxNorm(1));
        try (Trainer trainer = Trainer.start(run.plan(settings, null), TrainingListener.NONE)) {
            assertThatThrownBy(trainer::run)
                    .isInstanceOf(DivergedException.class)
                    .hasMessageContaining("last finite losses");
        }
    }

    @Test
    void run_rateFarTooHigh_checkpointsHoldFiniteParametersOnly() throws IOException {
        Path checkpoints = folder.resolve("diverging");
        TrainingSettings settings = SmallRun.settings(Scenario.full())
                .withCheckpoints(3, 1)
                .withOptimization(Optimization.adam().withRates(1e38, 1e38));
        try (Trainer trainer = Trainer.start(run.plan(settings, checkpoints), TrainingListener.NONE)) {
            assertThatThrownBy(trainer::run)
                    .isInstanceOf(DivergedException.class)
                    .hasMessageMatching("diverged at step \\d+: the (loss|sum) of \\S+ is (NaN|-?Infinity).*")
                    .hasMessageContaining("last finite losses");
        }
        for (Path file : new CheckpointFolder(checkpoints, 3).newestFirst()) {
            try (Checkpoint checkpoint = CheckpointFolder.open(file)) {
                INDArray word = CheckpointFolder.read(
                        checkpoint, "parameters.encoder.layer.0.feedForward.inner.bias", DataType.FLOAT, 24);
                assertThat(Float.isFinite(word.sumNumber().floatValue()))
                        .as(file.toString())
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heads-only", "full"})
    void resume_afterAnInterrupt_endsWithTheBytesOfTheUndisturbedRun(String spelled) throws IOException {
        TrainingSettings settings = SmallRun.settings(Scenario.parse(spelled)).withCheckpoints(2, 5);
        Path whole = folder.resolve("whole");
        runAll(run.plan(settings, whole));
        TrainingPlan plan = run.plan(settings, folder.resolve("interrupted"));
        TrainingListener interrupting = new TrainingListener() {
            @Override
            public void stepDone(Step step) {
                if (step.step() == 17) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (Trainer trainer = Trainer.start(plan, interrupting)) {
            assertThatThrownBy(trainer::run).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
        }
        try (Trainer trainer = Trainer.resume(plan, TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            assertThat(model.steps()).isEqualTo(36);
        }
        assertThat(last(folder.resolve("interrupted"))).hasSameBinaryContentAs(last(whole));
    }

    /** The flag is up when a file is written: channels close then and say nothing of why. */
    @Test
    void run_interruptedWhileMetricsAreWritten_isACancellation() throws IOException {
        TrainingPlan plan = run.plan(SmallRun.settings(Scenario.headsOnly()), null);
        TrainingListener interrupting = new TrainingListener() {
            @Override
            public void stepDone(Step step) {
                if (step.step() == 7) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (MetricsLog metrics = MetricsLog.open(folder.resolve("metrics.jsonl"));
                Trainer trainer = Trainer.start(plan, TrainingListener.all(List.of(interrupting, metrics)))) {
            assertThatThrownBy(trainer::run).isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heads-only", "lower-layers 2", "full"})
    void run_bertAsBackbone_isTrainedAndLoadsAgain(String spelled) throws IOException {
        Path written = folder.resolve("bert-model");
        try (SmallRun bert = new SmallRun(
                        Files.createDirectory(folder.resolve("bert")),
                        0.1,
                        SentenceSettings.mean(12),
                        0,
                        EncoderConfig.Architecture.BERT);
                Trainer trainer = Trainer.start(
                        bert.plan(SmallRun.settings(Scenario.parse(spelled)), null), TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            model.write(written, ExistingFolder.REFUSE, Map.of());
            Evaluation expected = evaluate(bert.plan(model.settings(), null), model);
            try (MultiTaskClassifier classifier = MultiTaskClassifier.load(written)) {
                int[] right = new int[2];
                for (int row = 0; row < bert.dev().size(); row++) {
                    Classification answer =
                            classifier.classify(bert.dev().get(row).text());
                    right[0] += labelIs(bert.dev(), row, 0, answer.of("topic").label());
                    right[1] +=
                            labelIs(bert.dev(), row, 1, answer.of("sentiment").label());
                }
                assertThat(right[0] / 18.0).isEqualTo(expected.tasks().get(0).accuracy());
                assertThat(right[1] / 18.0).isEqualTo(expected.tasks().get(1).accuracy());
            }
        }
    }

    private static int labelIs(Dataset set, int row, int task, String label) {
        return set.tasks().get(task).names().get(set.label(row, task)).equals(label) ? 1 : 0;
    }

    @Test
    void run_batchOfAClassWithoutWeight_isNoDivergence() throws IOException {
        TrainingPlan plain = run.plan(SmallRun.settings(Scenario.headsOnly()).withBatches(1, 1), null);
        TaskLoss catsDoNotCount = new TaskLoss(1, List.of(0.0, 1.0, 1.0), 0);
        TrainingPlan plan = new TrainingPlan(
                plain.backbone(),
                plain.tasks(),
                plain.train(),
                plain.dev(),
                List.of(catsDoNotCount, TaskLoss.plain()),
                plain.settings(),
                null);
        try (Trainer trainer = Trainer.start(plan, TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            assertThat(model.steps()).isEqualTo(3 * 45);
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

    @Test
    void run_headsOnly_tellsOfEveryVectorInOrder() throws IOException {
        List<Integer> done = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void vectorsKept(int rows, int total) {
                assertThat(total).isEqualTo(45 + 18);
                done.add(rows);
            }
        };
        TrainingSettings settings = SmallRun.settings(Scenario.headsOnly()).withEpochs(1);
        try (Trainer trainer = Trainer.start(run.plan(settings, null), TrainingListener.all(List.of(listener)))) {
            trainer.run();
        }
        assertThat(done)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 45 + 18).boxed().toList());
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

    private Evaluation evaluate(TrainingPlan plan, TrainedModel model) throws IOException {
        try (ModelTokenizer tokenizer = ModelTokenizer.open(plan.backbone());
                TrainingThreads threads = TrainingThreads.open(2, Backend.find())) {
            return new Evaluator(threads, model.model(), new Objective(plan.losses()))
                    .evaluate(new TokenizedDataset(plan.dev(), tokenizer, plan.maxTokens()), null);
        }
    }

    /** By task and row of the dev set, after the last epoch. */
    private float[][][] logits(TrainingSettings settings) throws IOException {
        TrainingPlan plan = withoutDev(settings);
        try (Trainer trainer = Trainer.start(plan, TrainingListener.NONE);
                TrainedModel model = trainer.run();
                ModelTokenizer tokenizer = ModelTokenizer.open(plan.backbone());
                TrainingThreads threads = TrainingThreads.open(1, Backend.find())) {
            return new Evaluator(threads, model.model(), new Objective(plan.losses()))
                    .logits(new TokenizedDataset(run.dev(), tokenizer, plan.maxTokens()), null);
        }
    }

    private TrainingPlan withoutDev(TrainingSettings settings) {
        TrainingPlan plan = run.plan(settings, null);
        return new TrainingPlan(plan.backbone(), plan.tasks(), plan.train(), null, plan.losses(), settings, null);
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
        Map<String, float[]> values = new LinkedHashMap<>();
        try (Trainer trainer = Trainer.start(withoutDev(settings), TrainingListener.NONE);
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
