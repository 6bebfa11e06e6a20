package dev.retort.train;

import dev.retort.autograd.GradientSum;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Targets;
import dev.retort.core.ParameterSource;
import dev.retort.core.TensorLibrary;
import dev.retort.model.Freezing;
import dev.retort.model.classification.FreshHeads;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.text.Tokenizer;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.train.dataset.BatchPlan;
import dev.retort.train.dataset.Cursor;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.Example;
import dev.retort.train.optimizer.Adam;
import dev.retort.train.optimizer.GradientClipping;
import dev.retort.train.optimizer.ParameterGroup;
import dev.retort.train.schedule.Schedule;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains heads, and as much of the backbone as the scenario leaves free.
 *
 * <pre>{@code
 * try (SentenceCheckpoint backbone = BundledModel.open();
 *         Trainer trainer = Trainer.start(plan, listener)) {
 *     TrainedModel model = trainer.run();
 *     model.write(folder);
 * }
 * }</pre>
 *
 * <p>The same plan gives the same bits of parameters and moments every time, also in a run that ended at some point and was resumed from its
 * last checkpoint. One caller at a time.
 */
public final class Trainer implements AutoCloseable {

    private static final int STATE_BYTES_PER_ELEMENT = 2 * Float.BYTES; // Adam's two moments
    private static final int BUCKET_BATCHES = 50; // of shuffled batches, within which texts of like length share one
    private static final long MOST_FEATURE_BYTES_IN_MEMORY = 1L << 30;
    private static final String PARAMETER = "parameters.";
    private static final String BEST = "best.";

    private final TrainingPlan plan;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final Objective objective;
    private final Backend backend;
    private final Tokenizer tokenizer;
    private final TokenizedDataset train;
    private final @Nullable TokenizedDataset dev;
    private final int batchesPerEpoch;
    private final long totalSteps;
    private final Schedule schedule;
    private final @Nullable CheckpointFolder checkpoints;
    private final TrainingState.Run run;

    private final Adam adam;
    private TrainingThreads threads;
    private @Nullable FeatureCache trainFeatures;
    private @Nullable FeatureCache devFeatures;
    private MultiTaskModel model;
    private List<ParameterGroup> groups;
    private final Map<String, INDArray> best =
            new LinkedHashMap<>(); // parameters of the best epoch, if another was after it
    private Progress progress;
    private @Nullable Path lastCheckpoint;

    /** What changes from step to step and is no tensor. */
    private static final class Progress {
        long step;
        Cursor cursor = Cursor.START;
        final double[] epochLosses;
        final long[] epochRows;
        double epochTotal;
        long epochBatches;
        int bestEpoch = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        double bestLoss = Double.POSITIVE_INFINITY;
        final double[] lastLosses;

        Progress(int tasks) {
            epochLosses = new double[tasks];
            epochRows = new long[tasks];
            lastLosses = new double[tasks];
            Arrays.fill(lastLosses, Double.NaN);
        }

        void beginEpoch() {
            Arrays.fill(epochLosses, 0);
            Arrays.fill(epochRows, 0);
            epochTotal = 0;
            epochBatches = 0;
        }
    }

    private Trainer(TrainingPlan plan, TrainingListener listener, @Nullable Checkpoint resumed) throws IOException {
        TensorLibrary.require();
        this.plan = plan;
        this.settings = plan.settings();
        this.listener = listener;
        this.objective = objective(plan.losses());
        this.backend = Backend.find();
        this.tokenizer = tokenizerOf(plan.backbone());
        this.train = tokenized(plan.train());
        this.dev = plan.dev() == null ? null : tokenized(plan.dev());
        this.batchesPerEpoch = (plan.train().size() + settings.batchSize() - 1) / settings.batchSize();
        long stepsPerEpoch = (batchesPerEpoch + settings.accumulatedBatches() - 1) / settings.accumulatedBatches();
        this.totalSteps = stepsPerEpoch * settings.epochs();
        this.schedule = settings.optimization().schedule(totalSteps);
        this.checkpoints = plan.checkpoints() == null || settings.keptCheckpoints() == 0
                ? null
                : new CheckpointFolder(plan.checkpoints(), settings.keptCheckpoints());
        this.run = new TrainingState.Run(
                settings.toString(),
                plan.tasks().toString(),
                plan.losses().toString(),
                plan.backbone().pipeline(),
                plan.train().fingerprint(),
                plan.dev() == null ? 0 : plan.dev().fingerprint());
        this.adam = new Adam(settings.optimization().adamSettings(), settings.threads());
        this.progress = new Progress(plan.tasks().size());
        this.threads = TrainingThreads.open(settings.threads(), backend);
        Freezing first = settings.scenario().freezing(0, layerCount());
        ParameterSource pretrained = MultiTaskModel.joined(
                plan.backbone().parameters(DataType.FLOAT),
                new FreshHeads(DataType.FLOAT, plan.embeddingSize(), plan.tasks(), settings.seed()));
        this.model = new MultiTaskModel(
                plan.backbone()::build, plan.tasks(), resumed == null ? pretrained : saved(resumed, pretrained), first);
        this.groups = List.of();
        if (resumed != null) {
            restore(resumed);
        }
        train(progress.cursor.epoch());
    }

    /**
     * Begins a run. Nothing is computed yet.
     *
     * @throws MalformedCheckpointException if the backbone's tensors are not what they should be
     * @throws IOException if its files cannot be read
     */
    public static Trainer start(TrainingPlan plan, TrainingListener listener) throws IOException {
        return new Trainer(plan, listener, null);
    }

    /**
     * Goes on with a run from its newest checkpoint; begins it if there is none.
     *
     * @throws MalformedCheckpointException if the checkpoint is of another plan, with the difference, or damaged
     * @throws IOException if a file cannot be read
     */
    public static Trainer resume(TrainingPlan plan, TrainingListener listener) throws IOException {
        Path folder = plan.checkpoints();
        if (folder == null) {
            throw new IllegalArgumentException("resume: the plan has no folder of checkpoints");
        }
        try (Checkpoint checkpoint = new CheckpointFolder(folder, 1).openLatest()) {
            return new Trainer(plan, listener, checkpoint);
        }
    }

    private static Objective objective(List<TaskLoss> losses) {
        return new Objective() {
            @Override
            public Targets targets(int task, int[] labels) {
                return losses.get(task).targets(labels);
            }

            @Override
            public double weight(int task) {
                return losses.get(task).weight();
            }
        };
    }

    private static Tokenizer tokenizerOf(SentenceCheckpoint backbone) throws IOException {
        Tokenizer tokenizer = backbone.tokenizer() instanceof TokenizerFiles.InMemory memory
                ? Tokenizer.ofJson(memory.json(), memory.name())
                : Tokenizer.load(((TokenizerFiles.InFolder) backbone.tokenizer()).path());
        try {
            tokenizer.requireIdsBelow(backbone.config().vocabularySize());
            return tokenizer;
        } catch (IOException failure) {
            tokenizer.close();
            throw failure;
        }
    }

    private TokenizedDataset tokenized(Dataset dataset) {
        return new TokenizedDataset(
                dataset, tokenizer, plan.backbone().settings().lowerCase(), plan.maxTokens());
    }

    private int layerCount() {
        return plan.backbone().config().layerCount();
    }

    // ---- what a checkpoint holds ----

    /** Names of the parameters that are trained in any epoch; freezing only ever ends. */
    private List<String> trainedNames() {
        Freezing last = settings.scenario().freezing(settings.epochs() - 1, layerCount());
        return model.parameters().keySet().stream().filter(last::trains).toList();
    }

    private static ParameterSource saved(Checkpoint checkpoint, ParameterSource pretrained) {
        return (name, shape) -> {
            if (checkpoint.tensor(PARAMETER + name).isEmpty()) {
                return pretrained.load(name, shape);
            }
            try {
                return CheckpointFolder.read(checkpoint, PARAMETER + name, DataType.FLOAT, shape);
            } catch (MalformedCheckpointException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        };
    }

    private void restore(Checkpoint checkpoint) throws IOException {
        String file = String.valueOf(checkpoint.path().getFileName());
        TrainingState state = TrainingState.ofJson(CheckpointFolder.json(checkpoint), file);
        state.requireRun(run, file);
        for (String name : trainedNames()) {
            if (checkpoint.tensor(PARAMETER + name).isEmpty()) {
                throw new MalformedCheckpointException(file, "tensor " + PARAMETER + name + ": is missing");
            }
            if (checkpoint.tensor(BEST + name).isPresent()) {
                long[] shape = model.value(name).shape();
                best.put(name, CheckpointFolder.read(checkpoint, BEST + name, DataType.FLOAT, shape));
            }
        }
        adam.restore(checkpoint, model.parameters().values());
        progress.step = state.step();
        progress.cursor = state.cursor();
        for (int task = 0; task < plan.tasks().size(); task++) {
            progress.epochLosses[task] = state.epochLosses().get(task);
            progress.epochRows[task] = state.epochRows().get(task);
            progress.lastLosses[task] = state.lastLosses().get(task);
        }
        progress.epochTotal = state.epochTotal();
        progress.epochBatches = state.epochBatches();
        progress.bestEpoch = state.bestEpoch();
        progress.bestScore = state.bestScore();
        progress.bestLoss = state.bestLoss();
        lastCheckpoint = checkpoint.path();
    }

    private void writeCheckpoint() throws IOException {
        if (checkpoints == null) {
            return;
        }
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String name : trainedNames()) {
            CheckpointFolder.add(writer, PARAMETER + name, model.value(name));
        }
        best.forEach((name, tensor) -> CheckpointFolder.add(writer, BEST + name, tensor));
        adam.save(writer);
        TrainingState state = new TrainingState(
                TrainingState.FORMAT,
                run,
                progress.step,
                progress.cursor,
                Arrays.stream(progress.epochLosses).boxed().toList(),
                Arrays.stream(progress.epochRows).boxed().toList(),
                progress.epochTotal,
                progress.epochBatches,
                progress.bestEpoch,
                progress.bestScore,
                progress.bestLoss,
                Arrays.stream(progress.lastLosses).boxed().toList());
        lastCheckpoint = checkpoints.write(progress.step, state.toJson(), writer);
        listener.checkpointWritten(lastCheckpoint, progress.step);
    }

    // ---- the run ----

    /**
     * Trains to the end, or until patience is exhausted.
     *
     * @return the model of the best epoch by the dev set, or of the last without one
     * @throws DivergedException if a loss is no finite number
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the last checkpoint can be resumed from
     * @throws IOException if a checkpoint or a file of features cannot be written
     */
    public TrainedModel run() throws IOException {
        listener.started(new TrainingListener.Start(
                model.parameterTable(STATE_BYTES_PER_ELEMENT),
                settings,
                train.size(),
                dev == null ? 0 : dev.size(),
                batchesPerEpoch,
                totalSteps,
                progress.cursor.epoch(),
                progress.step));
        if (settings.scenario().keepsFeatures()) {
            keepFeatures();
        }
        while (progress.cursor.epoch() < settings.epochs() && !isPatienceExhausted()) {
            epoch(progress.cursor.epoch());
        }
        Map<String, INDArray> chosen = Collections.unmodifiableMap(best);
        MultiTaskModel result = new MultiTaskModel(
                plan.backbone()::build,
                plan.tasks(),
                (name, shape) -> chosen.getOrDefault(name, model.value(name)),
                model.freezing());
        return new TrainedModel(plan.backbone(), result, progress.bestEpoch, progress.step, settings);
    }

    private boolean isPatienceExhausted() {
        return settings.patience() > 0
                && progress.bestEpoch >= 0
                && progress.cursor.batch() == 0
                && progress.cursor.epoch() - 1 - progress.bestEpoch >= settings.patience();
    }

    /** Chooses what is trained in an epoch. */
    private void train(int epoch) {
        Freezing wanted = settings.scenario().freezing(Math.min(epoch, settings.epochs() - 1), layerCount());
        if (!wanted.equals(model.freezing())) {
            model = model.withFreezing(wanted);
        }
        groups = settings.optimization().groups(model.trainedParameters(), layerCount(), schedule);
    }

    private BatchPlan batches(int epoch) {
        return settings.grouping() == TrainingSettings.Grouping.LENGTH
                ? BatchPlan.groupedByLength(
                        train.lengths(), settings.batchSize(), BUCKET_BATCHES, settings.seed(), epoch)
                : BatchPlan.shuffled(train.size(), settings.batchSize(), settings.seed(), epoch);
    }

    private void epoch(int epoch) throws IOException {
        Freezing before = model.freezing();
        train(epoch);
        if (!before.equals(model.freezing())) {
            listener.unfrozen(epoch, model.parameterTable(STATE_BYTES_PER_ELEMENT));
        }
        long start = System.nanoTime();
        BatchPlan plan = batches(epoch);
        if (progress.cursor.batch() == 0) {
            progress.beginEpoch();
        }
        try (GradientSum sum = new GradientSum()) {
            while (progress.cursor.epoch() == epoch) {
                step(epoch, plan, sum);
                boolean due = settings.stepsPerCheckpoint() > 0 && progress.step % settings.stepsPerCheckpoint() == 0;
                if (due && progress.cursor.epoch() == epoch) {
                    requireFiniteParameters();
                    writeCheckpoint();
                }
            }
        }
        double seconds = secondsSince(start);
        long evaluationStart = System.nanoTime();
        Evaluation evaluation = evaluate();
        requireFiniteParameters();
        boolean improved = keepIfBest(epoch, evaluation);
        double evaluationSeconds = secondsSince(evaluationStart);
        listener.epochDone(new TrainingListener.EpochReport(
                epoch,
                progress.step,
                epochLosses(),
                progress.epochTotal / Math.max(1, progress.epochBatches),
                evaluation,
                improved,
                seconds,
                evaluationSeconds));
        writeCheckpoint(); // last: a run that goes on from it does not tell of this epoch again
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** One step of the optimiser, over one or several batches. */
    private void step(int epoch, BatchPlan plan, GradientSum sum) {
        int tasks = this.plan.tasks().size();
        double[] losses = new double[tasks];
        long[] labelled = new long[tasks];
        int batches = 0;
        int rows = 0;
        threads.openStep();
        try {
            List<Gradients> gradients = List.of();
            do {
                BatchStep.TrainingBatch batch = BatchStep.TrainingBatch.of(train, plan.batch(progress.cursor.batch()));
                BatchStep.Result result = differentiate(batch, plan.batch(progress.cursor.batch()), batches);
                gradients = result.shares();
                if (settings.accumulatedBatches() > 1) {
                    result.shares().forEach(sum::add);
                }
                for (int task = 0; task < tasks; task++) {
                    int count = labelledRows(batch.labels(task));
                    if (count > 0) {
                        losses[task] += result.losses()[task] * count;
                        labelled[task] += count;
                    }
                }
                rows += batch.size();
                batches++;
                progress.cursor = progress.cursor.next(plan);
            } while (batches < settings.accumulatedBatches() && progress.cursor.epoch() == epoch);
            requireFinite(losses, labelled);
            double norm = update(gradients, sum, batches);
            report(epoch, losses, labelled, norm, rows);
        } finally {
            threads.closeStep();
            sum.clear();
        }
    }

    private BatchStep.Result differentiate(BatchStep.TrainingBatch batch, int[] rows, int part) {
        BatchStep step = new BatchStep(threads, model, objective, settings);
        long number = progress.step * settings.accumulatedBatches() + part; // dropout's masks: each batch its own
        if (!model.freezing().freezesBackbone()) {
            return step.differentiate(batch, number);
        }
        float[][] features = trainFeatures == null ? step.features(batch, number) : rows(trainFeatures, rows);
        return step.differentiateHeads(features, batch, number);
    }

    private static float[][] rows(FeatureCache features, int[] rows) {
        float[][] vectors = new float[rows.length][features.width()];
        for (int i = 0; i < rows.length; i++) {
            features.get(rows[i], vectors[i]);
        }
        return vectors;
    }

    private static int labelledRows(int[] labels) {
        return (int)
                Arrays.stream(labels).filter(label -> label != Example.MISSING).count();
    }

    private void requireFinite(double[] losses, long[] labelled) {
        for (int task = 0; task < losses.length; task++) {
            if (labelled[task] > 0 && !Double.isFinite(losses[task])) {
                throw new DivergedException(
                        progress.step,
                        plan.tasks().get(task).name(),
                        losses[task] / labelled[task],
                        byTask(progress.lastLosses),
                        lastCheckpoint);
            }
        }
    }

    private void requireFiniteParameters() {
        for (Variable parameter : model.trainedParameters()) {
            double sum = parameter.value().sumNumber().doubleValue();
            if (!Double.isFinite(sum)) {
                throw new DivergedException(
                        progress.step, parameter.name(), sum, byTask(progress.lastLosses), lastCheckpoint);
            }
        }
    }

    /** @return the norm of the gradients before clipping, NaN where nobody asked for it */
    private double update(List<Gradients> shares, GradientSum sum, int batches) {
        List<Gradients> all = settings.accumulatedBatches() > 1 ? List.of(sum.total()) : shares;
        double mean = 1.0 / batches;
        double norm = Double.NaN;
        double factor = mean;
        if (settings.optimization().maxNorm() > 0) {
            norm = adam.gradientNorm(groups, all) * mean;
            factor = mean
                    * GradientClipping.toNorm(settings.optimization().maxNorm()).factor(norm);
        }
        adam.update(groups, all, factor);
        return norm;
    }

    private void report(int epoch, double[] losses, long[] labelled, double norm, int rows) {
        double total = 0;
        for (int task = 0; task < losses.length; task++) {
            progress.epochLosses[task] += losses[task];
            progress.epochRows[task] += labelled[task];
            progress.lastLosses[task] = labelled[task] == 0 ? Double.NaN : losses[task] / labelled[task];
            total += labelled[task] == 0 ? 0 : objective.weight(task) * progress.lastLosses[task];
        }
        progress.epochTotal += total;
        progress.epochBatches++;
        Map<String, Double> rates = new LinkedHashMap<>();
        groups.forEach(group -> rates.put(group.name(), group.learningRateAt(progress.step)));
        progress.step++;
        listener.stepDone(new TrainingListener.Step(
                epoch, progress.step, totalSteps, byTask(progress.lastLosses), total, rates, norm, rows));
    }

    private Map<String, Double> byTask(double[] values) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (int task = 0; task < values.length; task++) {
            if (!Double.isNaN(values[task])) {
                named.put(plan.tasks().get(task).name(), values[task]);
            }
        }
        return named;
    }

    private Map<String, Double> epochLosses() {
        double[] means = new double[progress.epochLosses.length];
        for (int task = 0; task < means.length; task++) {
            means[task] =
                    progress.epochRows[task] == 0 ? Double.NaN : progress.epochLosses[task] / progress.epochRows[task];
        }
        return byTask(means);
    }

    // ---- the best ----

    private boolean keepIfBest(int epoch, Evaluation evaluation) {
        double score = evaluation.score();
        if (Double.isNaN(score)) {
            return false;
        }
        double loss = evaluation.meanLoss();
        if (score < progress.bestScore || (score == progress.bestScore && loss >= progress.bestLoss)) {
            return false;
        }
        progress.bestEpoch = epoch;
        progress.bestScore = score;
        progress.bestLoss = loss;
        forgetBest();
        for (String name : trainedNames()) {
            best.put(name, model.value(name).dup('c'));
        }
        return true;
    }

    private void forgetBest() {
        best.values().forEach(INDArray::close);
        best.clear();
    }

    // ---- evaluation and features ----

    private Evaluation evaluate() {
        return dev == null ? Evaluation.none() : new Evaluator(threads, model, objective).evaluate(dev, devFeatures);
    }

    /** Computes the vectors of all rows, and goes on with one thread: heads are small. */
    private void keepFeatures() throws IOException {
        Evaluator evaluator = new Evaluator(threads, model, objective);
        trainFeatures = FeatureCache.create(train.size(), plan.embeddingSize(), MOST_FEATURE_BYTES_IN_MEMORY);
        evaluator.features(train, trainFeatures::put);
        if (dev != null) {
            devFeatures = FeatureCache.create(dev.size(), plan.embeddingSize(), MOST_FEATURE_BYTES_IN_MEMORY);
            evaluator.features(dev, devFeatures::put);
        }
        threads.close();
        threads = TrainingThreads.open(1, backend);
    }

    /** Ends the threads and frees the memory of moments and features; the trained model stays. Idempotent. */
    @Override
    public void close() throws IOException {
        threads.close();
        adam.close();
        tokenizer.close();
        if (trainFeatures != null) {
            trainFeatures.close();
        }
        if (devFeatures != null) {
            devFeatures.close();
        }
    }
}
