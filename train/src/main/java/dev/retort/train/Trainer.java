package dev.retort.train;

import dev.retort.autograd.GradientSum;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.core.ParameterSource;
import dev.retort.core.StepScope;
import dev.retort.core.TensorLibrary;
import dev.retort.core.Tensors;
import dev.retort.inference.ModelTokenizer;
import dev.retort.model.Freezing;
import dev.retort.model.classification.FreshHeads;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.train.checkpoint.CheckpointFolder;
import dev.retort.train.dataset.BatchPlan;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.optimizer.Adam;
import dev.retort.train.optimizer.GradientClipping;
import dev.retort.train.optimizer.ParameterGroup;
import dev.retort.train.schedule.Schedule;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains heads, and as much of the backbone as the scenario leaves free.
 *
 * <pre>{@code
 * try (SentenceCheckpoint backbone = BundledModel.open();
 *         Trainer trainer = Trainer.start(plan, listener);
 *         TrainedModel model = trainer.run()) {
 *     model.write(folder, ExistingFolder.REPLACE, Map.of());
 * }
 * }</pre>
 *
 * <p>The same plan gives the same bits of parameters and moments every time, also in a run that ended at some point and was resumed from its
 * last checkpoint. One run each, one caller at a time.
 *
 * <p>What it opens (threads, tokenizer, vectors, moments, the tensors of the model while it is trained) it closes; the trained model's
 * tensors are {@link TrainedModel}'s.
 */
public final class Trainer implements AutoCloseable {

    private static final int STATE_BYTES_PER_ELEMENT = 2 * Float.BYTES; // Adam's two moments
    private static final int BUCKET_BATCHES = 50; // of shuffled batches, within which texts of like length share one
    private static final long MOST_FEATURE_BYTES_IN_MEMORY = 1L << 30;

    private final TrainingPlan plan;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final OpenResources opened;
    private final Objective objective;
    private final Backend backend;
    private final TokenizedDataset train;
    private final @Nullable TokenizedDataset dev;
    private final int batchesPerEpoch;
    private final long totalSteps;
    private final Schedule schedule;
    private final @Nullable RunCheckpoints checkpoints;

    private final Adam adam;
    private final BestEpoch best;
    private final OwnedTensors tensors;
    private final Progress progress;
    private TrainingThreads threads;
    private MultiTaskModel model;
    private List<ParameterGroup> groups;
    private @Nullable FeatureCache trainFeatures;
    private @Nullable FeatureCache devFeatures;
    private boolean ran;

    /** @param opened closes what was opened when this fails half-way */
    private Trainer(TrainingPlan plan, TrainingListener listener, @Nullable Checkpoint resumed, OpenResources opened)
            throws IOException {
        TensorLibrary.require();
        this.plan = plan;
        this.settings = plan.settings();
        this.listener = listener;
        this.opened = opened;
        this.objective = new Objective(plan.losses());
        this.backend = Backend.find();
        ModelTokenizer tokenizer = opened.add(ModelTokenizer.open(plan.backbone()));
        Dataset devSet = plan.dev();
        this.train = new TokenizedDataset(plan.train(), tokenizer, plan.maxTokens());
        this.dev = devSet == null ? null : new TokenizedDataset(devSet, tokenizer, plan.maxTokens());
        this.batchesPerEpoch = (plan.train().size() - 1) / settings.batchSize() + 1; // a sum might overflow
        this.totalSteps = ((batchesPerEpoch - 1L) / settings.accumulatedBatches() + 1) * settings.epochs();
        this.schedule = settings.optimization().schedule(totalSteps);
        this.checkpoints = checkpoints(plan, tokenizer);
        this.progress = new Progress(plan.taskNames());
        this.adam = opened.add(new Adam(settings.optimization().adamSettings(), settings.threads()));
        this.best = opened.add(new BestEpoch());
        this.tensors = opened.add(new OwnedTensors(source(resumed)));
        this.threads = opened.add(TrainingThreads.open(settings.threads(), backend));
        this.model = new MultiTaskModel(plan.backbone()::build, plan.tasks(), tensors, plan.freezing(0));
        this.groups = List.of();
        if (resumed != null && checkpoints != null) {
            checkpoints.restore(resumed, model, progress, best, adam);
        }
        chooseTrained(progress.epoch());
    }

    /**
     * Begins a run. Nothing is computed yet.
     *
     * @throws MalformedCheckpointException if the backbone's tensors are not what they should be
     * @throws IOException if its files cannot be read
     */
    public static Trainer start(TrainingPlan plan, TrainingListener listener) throws IOException {
        return open(plan, listener, null);
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
            return open(plan, listener, checkpoint);
        }
    }

    private static Trainer open(TrainingPlan plan, TrainingListener listener, @Nullable Checkpoint resumed)
            throws IOException {
        OpenResources opened = new OpenResources();
        try {
            return new Trainer(plan, listener, resumed, opened);
        } catch (IOException | RuntimeException | Error failure) {
            opened.closeAfter(failure);
            if (failure instanceof UncheckedIOException unchecked) { // a layer has asked for its parameter
                throw Objects.requireNonNull(unchecked.getCause());
            }
            throw failure;
        }
    }

    private static @Nullable RunCheckpoints checkpoints(TrainingPlan plan, ModelTokenizer tokenizer) {
        Path folder = plan.checkpoints();
        if (folder == null) {
            return null;
        }
        Dataset dev = plan.dev();
        TrainingState.Run run = new TrainingState.Run(
                plan.settings().toString(),
                plan.tasks().toString(),
                plan.losses().toString(),
                plan.backbone().pipeline() + ", prompt \"" + tokenizer.defaultPrompt() + '"',
                plan.train().fingerprint(),
                dev == null ? 0 : dev.fingerprint());
        Freezing last = plan.freezing(plan.settings().epochs() - 1); // what is trained once stays so
        return new RunCheckpoints(
                new CheckpointFolder(folder, Math.max(1, plan.settings().keptCheckpoints())), run, last::trains);
    }

    /** Gives the parameters as they are before the first step, or at a checkpoint. */
    private ParameterSource source(@Nullable Checkpoint resumed) throws IOException {
        ParameterSource pretrained = MultiTaskModel.joined(
                plan.backbone().parameters(DataType.FLOAT),
                new FreshHeads(DataType.FLOAT, plan.embeddingSize(), plan.tasks(), settings.seed()));
        return resumed == null || checkpoints == null ? pretrained : checkpoints.parameters(resumed, pretrained);
    }

    // ---- the run ----

    /**
     * Trains to the end, or until patience is exhausted.
     *
     * @return the model of the best epoch by the dev set, or of the last without one; to be closed
     * @throws DivergedException if a loss, a gradient or a parameter is no finite number
     * @throws CancellationException if the thread is interrupted; the last checkpoint can be resumed from
     * @throws IOException if a checkpoint or a file of features cannot be written, or a run that was started finds checkpoints of another
     * @throws IllegalStateException if it was called before
     */
    public TrainedModel run() throws IOException {
        if (ran) {
            throw new IllegalStateException("run: was called before: open a trainer for each run");
        }
        ran = true;
        try {
            trainAll();
        } catch (ClosedByInterruptException interruption) { // a file was being written
            throw cancellation(interruption);
        } catch (UncheckedIOException failure) {
            if (failure.getCause() instanceof ClosedByInterruptException interruption) { // by a listener
                throw cancellation(interruption);
            }
            throw failure;
        }
        return result();
    }

    private static CancellationException cancellation(ClosedByInterruptException cause) {
        CancellationException cancellation = new CancellationException("training: interrupted");
        cancellation.initCause(cause);
        return cancellation;
    }

    private void trainAll() throws IOException {
        requireNoOtherCheckpoints();
        listener.started(new TrainingListener.Start(
                model.parameterTable(STATE_BYTES_PER_ELEMENT),
                settings,
                train.size(),
                dev == null ? 0 : dev.size(),
                batchesPerEpoch,
                totalSteps,
                progress.epoch(),
                progress.step()));
        if (settings.scenario().keepsFeatures()) {
            keepFeatures();
        }
        while (progress.epoch() < settings.epochs() && !isPatienceExhausted()) {
            epoch(progress.epoch());
        }
    }

    /** What would be written would be mistaken for a continuation of what is there. */
    private void requireNoOtherCheckpoints() throws IOException {
        Path folder = plan.checkpoints();
        boolean own = checkpoints != null && checkpoints.last() != null;
        if (folder != null
                && !own
                && !new CheckpointFolder(folder, 1).newestFirst().isEmpty()) {
            throw new IOException(folder + ": holds checkpoints of a run: go on with it, or remove them");
        }
    }

    private boolean isPatienceExhausted() {
        return settings.patience() > 0
                && best.epoch() >= 0
                && progress.batch() == 0
                && progress.epoch() - 1 - best.epoch() >= settings.patience();
    }

    /** The model with the best parameters, whose tensors are given away; the others are freed. */
    private TrainedModel result() {
        Map<String, INDArray> chosen = new LinkedHashMap<>();
        for (String name : model.parameters().keySet()) {
            INDArray better = best.release(name);
            chosen.put(name, better == null ? tensors.release(name) : better);
        }
        tensors.close();
        MultiTaskModel trained = new MultiTaskModel(
                plan.backbone()::build,
                plan.tasks(),
                (name, shape) -> Objects.requireNonNull(chosen.get(name), name),
                model.freezing());
        return new TrainedModel(plan.backbone(), trained, best.epoch(), progress.step(), settings);
    }

    // ---- an epoch ----

    /** Chooses what is trained in an epoch. */
    private void chooseTrained(int epoch) {
        Freezing wanted = plan.freezing(Math.min(epoch, settings.epochs() - 1));
        if (!wanted.equals(model.freezing())) {
            model = model.withFreezing(wanted);
        }
        groups = settings.optimization().groups(model.trainedParameters(), plan.layerCount(), schedule);
    }

    private BatchPlan batches(int epoch) {
        return settings.grouping() == TrainingSettings.Grouping.LENGTH
                ? BatchPlan.groupedByLength(
                        train.lengths(), settings.batchSize(), BUCKET_BATCHES, settings.seed(), epoch)
                : BatchPlan.shuffled(train.size(), settings.batchSize(), settings.seed(), epoch);
    }

    private void epoch(int epoch) throws IOException {
        Freezing before = model.freezing();
        chooseTrained(epoch);
        if (!before.equals(model.freezing())) {
            listener.unfrozen(epoch, model.parameterTable(STATE_BYTES_PER_ELEMENT));
        }
        long start = System.nanoTime();
        BatchPlan batches = batches(epoch);
        if (progress.batch() == 0) {
            progress.beginEpoch();
        }
        try (GradientSum sum = new GradientSum()) {
            while (progress.epoch() == epoch) {
                step(epoch, batches, sum);
                boolean due = settings.stepsPerCheckpoint() > 0 && progress.step() % settings.stepsPerCheckpoint() == 0;
                if (due && progress.epoch() == epoch) {
                    requireFiniteParameters();
                    writeCheckpoint();
                }
            }
        }
        double seconds = secondsSince(start);
        long evaluationStart = System.nanoTime();
        requireFiniteParameters();
        Evaluation evaluation = evaluate();
        boolean improved = keepIfBest(epoch, evaluation);
        double evaluationSeconds = secondsSince(evaluationStart);
        listener.epochDone(new TrainingListener.EpochReport(
                epoch,
                progress.step(),
                progress.epochLosses(),
                progress.epochTotal(),
                evaluation,
                improved,
                seconds,
                evaluationSeconds));
        writeCheckpoint(); // last: a run that goes on from it does not tell of this epoch again
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private void writeCheckpoint() throws IOException {
        if (checkpoints != null && settings.keptCheckpoints() > 0) {
            Path file = checkpoints.write(progress, model, best, adam);
            listener.checkpointWritten(file, progress.step());
        }
    }

    private boolean keepIfBest(int epoch, Evaluation evaluation) {
        if (!best.isBeatenBy(evaluation)) {
            return false;
        }
        best.become(new TrainingState.Best(epoch, evaluation.score(), evaluation.meanLoss()));
        Freezing last = plan.freezing(settings.epochs() - 1);
        model.parameters().forEach((name, parameter) -> {
            if (last.trains(name)) {
                best.put(name, Tensors.copyDetached(parameter.value()));
            }
        });
        return true;
    }

    // ---- a step ----

    /** One step of the optimiser, over one or several batches. */
    private void step(int epoch, BatchPlan batches, GradientSum sum) {
        StepLosses losses = new StepLosses(objective);
        double norm;
        try {
            norm = threads.inStep(() -> {
                List<Gradients> gradients;
                do {
                    int[] rows = batches.batch(progress.batch());
                    BatchStep.TrainingBatch batch = BatchStep.TrainingBatch.of(train, rows);
                    BatchStep.Result result = differentiate(batch, rows, losses.batches());
                    gradients = settings.accumulatedBatches() == 1 ? result.shares() : added(result.shares(), sum);
                    losses.add(batch, result.losses());
                    progress.advance(batches);
                } while (losses.batches() < settings.accumulatedBatches() && progress.epoch() == epoch);
                requireFinite(losses);
                return update(gradients, losses.batches());
            });
        } finally {
            sum.clear();
        }
        report(epoch, losses, norm);
    }

    /** @param part the batch's number in the step */
    private BatchStep.Result differentiate(BatchStep.TrainingBatch batch, int[] rows, int part) {
        BatchStep step = new BatchStep(threads, model, objective, settings);
        long number = progress.step() * settings.accumulatedBatches() + part; // dropout's masks: each batch its own
        if (!model.freezing().freezesBackbone()) {
            return step.differentiate(batch, number);
        }
        float[][] features = trainFeatures == null ? step.features(batch, number) : trainFeatures.vectors(rows);
        return step.differentiateHeads(features, batch, number);
    }

    private List<Gradients> added(List<Gradients> shares, GradientSum sum) {
        threads.onFirst((thread, fusions) -> shares.forEach(sum::add));
        return List.of(sum.total());
    }

    /**
     * Moves the parameters by the mean of the batches' gradients.
     *
     * @param gradients whose sum is that of the batches
     * @return the norm of the mean before clipping, NaN where nobody asked for it
     */
    private double update(List<Gradients> gradients, int batches) {
        double mean = 1.0 / batches;
        double maxNorm = settings.optimization().maxNorm();
        if (maxNorm == 0) {
            adam.update(groups, gradients, mean);
            return Double.NaN;
        }
        double norm = adam.gradientNorm(groups, gradients) * mean;
        if (!Double.isFinite(norm)) {
            throw divergence("the norm of the gradients", norm);
        }
        adam.update(groups, gradients, mean * GradientClipping.toNorm(maxNorm).factor(norm));
        return norm;
    }

    private void report(int epoch, StepLosses losses, double norm) {
        Map<String, Double> rates = new LinkedHashMap<>();
        groups.forEach(group -> rates.put(group.name(), group.learningRateAt(progress.step())));
        progress.add(losses);
        listener.stepDone(new TrainingListener.Step(
                epoch, progress.step(), totalSteps, progress.lastLosses(), losses.total(), rates, norm, losses.rows()));
    }

    // ---- divergence ----

    private void requireFinite(StepLosses losses) {
        for (int task = 0; task < plan.tasks().size(); task++) {
            double loss = losses.mean(task);
            if (losses.labelled(task) > 0 && !Double.isFinite(loss)) {
                throw divergence("the loss of " + plan.tasks().get(task).name(), loss);
            }
        }
    }

    private void requireFiniteParameters() {
        threads.onFirst((thread, fusions) -> {
            try (StepScope scope = threads.openScope(thread)) {
                for (Variable parameter : model.trainedParameters()) {
                    double sum = parameter.value().sumNumber().doubleValue();
                    if (!Double.isFinite(sum)) {
                        throw divergence("the sum of " + parameter.name(), sum);
                    }
                }
            }
        });
    }

    private DivergedException divergence(String what, double value) {
        return new DivergedException(
                progress.step(), what, value, progress.lastLosses(), checkpoints == null ? null : checkpoints.last());
    }

    // ---- evaluation and features ----

    private Evaluation evaluate() {
        return dev == null ? Evaluation.none() : new Evaluator(threads, model, objective).evaluate(dev, devFeatures);
    }

    /** Computes the vectors of all rows, and goes on with one thread: heads are small. */
    private void keepFeatures() throws IOException {
        trainFeatures = features(train, 0);
        devFeatures = dev == null ? null : features(dev, train.size());
        threads.close();
        threads = opened.add(TrainingThreads.open(1, backend));
    }

    /** @param before rows whose vectors were computed before this data set's */
    private FeatureCache features(TokenizedDataset dataset, int before) throws IOException {
        FeatureCache features =
                opened.add(FeatureCache.create(dataset.size(), plan.embeddingSize(), MOST_FEATURE_BYTES_IN_MEMORY));
        AtomicInteger done = new AtomicInteger(before);
        int total = train.size() + (dev == null ? 0 : dev.size());
        new Evaluator(threads, model, objective).features(dataset, (row, vector) -> {
            features.put(row, vector);
            synchronized (done) {
                listener.vectorsKept(done.incrementAndGet(), total);
            }
        });
        return features;
    }

    /** Ends the threads and frees all memory but the trained model's, in whatever state the run is. Idempotent. */
    @Override
    public void close() throws IOException {
        opened.close();
    }
}
