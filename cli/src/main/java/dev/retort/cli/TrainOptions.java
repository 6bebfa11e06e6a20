package dev.retort.cli;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.train.Optimization;
import dev.retort.train.Scenario;
import dev.retort.train.TaskLoss;
import dev.retort.train.TrainingSettings;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.DatasetFormat;
import dev.retort.train.dataset.LabelCounts;
import dev.retort.train.dataset.ReadOptions;
import dev.retort.train.dataset.TaskColumn;
import dev.retort.train.dataset.TaskLabels;
import dev.retort.train.loss.ClassWeights;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a run learns from, which model it begins with, and how it goes on; the scenario apart. */
final class TrainOptions {

    /** How much a class counts. */
    enum Weighting {
        NONE,
        BALANCED
    }

    /** {@code NAME} or {@code NAME=COLUMN}. */
    static final class TaskOfColumn implements ITypeConverter<TaskColumn> {

        @Override
        public TaskColumn convert(String value) {
            try {
                TaskColumn column = TaskColumn.parse(value);
                requireName(column.task());
                return column;
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Labelled texts to learn from: TSV, CSV or JSON lines; may be repeated. Unless given, the 270"
                    + " sentences that come with the program, and its 90 for --dev.")
    private List<Path> data = List.of();

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Labelled texts to choose the best epoch by; may be repeated. Unless given, --dev-fraction of"
                    + " --data is held out.")
    private List<Path> dev = List.of();

    @Option(
            names = "--dev-fraction",
            paramLabel = "SHARE",
            converter = RealNumber.Share.class,
            description = "The share of --data that is held out where there is no --dev, stratified by labels; 0.2"
                    + " unless given, 0 for none.")
    private @Nullable Double devFraction;

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            converter = NotEmpty.class,
            description = "The column of the texts; found by its name unless given.")
    private @Nullable String textColumn;

    @Option(
            names = "--tasks",
            paramLabel = "TASK[=COLUMN]",
            split = ",",
            converter = TaskOfColumn.class,
            description = "The tasks, and the columns of their labels; every column but the text's unless given.")
    private List<TaskColumn> tasks = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Of --data and --dev: ${COMPLETION-CANDIDATES}; what a file's name ends in unless given.")
    private @Nullable DatasetFormat format;

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            converter = NotEmpty.class,
            description = "The pretrained model: a sentence-transformers, DistilBERT or BERT folder, or 'default', the"
                    + " all-MiniLM-L6-v2 that comes with the program.")
    private String model = ModelOptions.DEFAULT;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "How often the data is gone through; 10 unless given.")
    private int epochs = TrainingSettings.defaults().epochs();

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "Texts of a batch; 2 unless given.")
    private int batchSize = TrainingSettings.defaults().batchSize();

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "Batches whose gradients are averaged for one step; 1 unless given.")
    private int accumulate = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            converter = WholeNumber.Any.class,
            description = "Of the order, dropout, new heads and what is held out; 42 unless given.")
    private long seed = TrainingSettings.defaults().seed();

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = WholeNumber.ThreadCount.class,
            description =
                    "Threads that compute; as many as there are processors unless given. The last digits depend on"
                            + " their number.")
    private int threads = TrainingSettings.defaults().threads();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            converter = WholeNumber.TokenCount.class,
            description = "Where a text is cut; the model's own limit unless given.")
    private @Nullable Integer maxTokens;

    @Option(names = "--group-by-length", description = "Let texts of like length share a batch: quicker.")
    private boolean groupByLength;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description = "adam (default) or adamw, with PyTorch's arithmetic.")
    private Optimization.Kind optimizer = Optimization.Kind.ADAM;

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            converter = RealNumber.NotNegative.class,
            description = "Of the backbone; 5e-5 unless given.")
    private double learningRate = Optimization.adam().backboneRate();

    @Option(
            names = "--head-learning-rate",
            paramLabel = "RATE",
            converter = RealNumber.NotNegative.class,
            description = "Of the heads; 1e-3 unless given.")
    private double headLearningRate = Optimization.adam().headRate();

    @Option(
            names = "--layer-decay",
            paramLabel = "FACTOR",
            converter = RealNumber.Factor.class,
            description = "From a layer's rate to that of the layer below; 1 unless given.")
    private double layerDecay = 1;

    @Option(
            names = "--weight-decay",
            paramLabel = "DECAY",
            converter = RealNumber.NotNegative.class,
            description = "Of matrices; 0.01 with adamw and 0 with adam unless given.")
    private @Nullable Double weightDecay;

    @Option(names = "--decay-tables", description = "Let embedding tables decay too, as PyTorch's scripts do: slower.")
    private boolean decayTables;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            converter = RealNumber.NotNegative.class,
            description = "The most that the gradients' norm may be; none unless given.")
    private double clip;

    @Option(
            names = "--schedule",
            paramLabel = "SHAPE",
            description = "How rates go on: constant (default), linear or cosine, to zero.")
    private Optimization.Shape schedule = Optimization.Shape.CONSTANT;

    @Option(
            names = "--warmup",
            paramLabel = "SHARE",
            converter = RealNumber.Share.class,
            description = "The share of all steps over which rates rise from zero; 0 unless given.")
    private double warmup;

    @Option(
            names = "--hidden-size",
            paramLabel = "N",
            converter = WholeNumber.LayerWidth.class,
            description = "Width of the heads' hidden layer, 0 for none; 128 unless given.")
    private int hiddenSize = 128;

    @Option(
            names = "--activation",
            paramLabel = "NAME",
            description = "Of the heads' hidden layer: relu (default), gelu or tanh.")
    private Activation activation = Activation.RELU;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            converter = RealNumber.Share.class,
            description = "The probability of dropping an element in the heads; 0.1 unless given.")
    private double dropout = 0.1;

    @Option(
            names = "--class-weights",
            paramLabel = "HOW",
            description = "none (default), or balanced: a class counts in inverse proportion to its rows.")
    private Weighting classWeights = Weighting.NONE;

    @Option(
            names = "--label-smoothing",
            paramLabel = "S",
            converter = RealNumber.Share.class,
            description = "The share of a target that is spread over all classes; 0 unless given.")
    private double labelSmoothing;

    @Option(
            names = "--task-weight",
            paramLabel = "TASK=WEIGHT",
            split = ",",
            converter = TaskWeight.Parser.class,
            description = "How much a task's loss counts; 1 unless given.")
    private List<TaskWeight> taskWeights = List.of();

    @Option(
            names = "--dropout-in-frozen-parts",
            description =
                    "Drop elements in frozen parts too, as PyTorch's train mode does; not in heads-only, whose vectors"
                            + " are computed once.")
    private boolean dropoutInFrozenParts;

    @Option(
            names = "--patience",
            paramLabel = "N",
            converter = WholeNumber.NotNegative.class,
            description = "End after that many epochs without improvement; 0, never, unless given.")
    private int patience;

    @Option(
            names = "--checkpoints",
            paramLabel = "K",
            converter = WholeNumber.NotNegative.class,
            description = "How many checkpoints are kept; 2 unless given, 0 for none.")
    private int checkpoints = TrainingSettings.defaults().keptCheckpoints();

    @Option(
            names = "--checkpoint-steps",
            paramLabel = "N",
            converter = WholeNumber.NotNegative.class,
            description = "Steps between checkpoints; unless given, there is one at the end of each epoch only.")
    private int checkpointSteps;

    /** What can be said against the options without looking at a file. */
    void requireConsistent() {
        if (data.isEmpty() && !dev.isEmpty()) {
            throw new IllegalArgumentException("--dev: needs --data: the bundled set has a dev set of its own");
        }
        if (data.isEmpty() && (!tasks.isEmpty() || textColumn != null || format != null || devFraction != null)) {
            throw new IllegalArgumentException(
                    "--tasks, --text-column, --format and --dev-fraction: need --data: the bundled set has its own");
        }
        if (!dev.isEmpty() && devFraction != null) {
            throw new IllegalArgumentException("--dev-fraction: nothing is held out where there is --dev");
        }
        readOptions();
        Set<String> weighted = new HashSet<>();
        for (TaskWeight weight : taskWeights) {
            if (!weighted.add(weight.task())) {
                throw new IllegalArgumentException("--task-weight: task " + weight.task() + " is given twice");
            }
        }
        if (patience > 0 && !data.isEmpty() && dev.isEmpty() && devFraction() == 0) {
            throw new IllegalArgumentException(
                    "--patience: needs a dev set, which shows improvement: give --dev, or a --dev-fraction above 0");
        }
        if (checkpointSteps > 0 && checkpoints == 0) {
            throw new IllegalArgumentException("--checkpoint-steps: --checkpoints 0 keeps none");
        }
    }

    /** How the files of {@code --data} are read. */
    ReadOptions readOptions() {
        try {
            ReadOptions given = ReadOptions.defaults();
            given = textColumn == null ? given : given.withTextColumn(textColumn);
            given = format == null ? given : given.withFormat(format);
            return given.withTasks(tasks);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--" + e.getMessage(), e);
        }
    }

    private static void requireName(String task) {
        new ClassificationTask(task, List.of("one", "another"), new HeadShape.Linear(0)); // checks it
    }

    /**
     * What the data and the model say against the options.
     *
     * @throws IllegalArgumentException if a task or a layer is not there, or a text cannot be so long
     */
    void requireFitting(Scenario scenario, Dataset train, SentenceCheckpoint backbone) {
        List<String> names = train.tasks().stream().map(TaskLabels::task).toList();
        if (scenario.head() != null && !names.contains(scenario.head())) {
            throw new IllegalArgumentException(
                    "--scenario " + scenario + ": unknown task: the data has " + String.join(", ", names));
        }
        int layers = backbone.config().layerCount();
        if (scenario.kind() == Scenario.Kind.LOWER_LAYERS && scenario.count() > layers) {
            throw new IllegalArgumentException("--scenario " + scenario + ": the model has " + layers + " layers");
        }
        int positions = backbone.config().positionCount();
        if (maxTokens != null && maxTokens > positions) {
            throw new IllegalArgumentException(
                    "--max-tokens " + maxTokens + ": the model has " + positions + " positions");
        }
        losses(train);
    }

    TrainingSettings settings(Scenario scenario) {
        Optimization optimization = optimizer == Optimization.Kind.ADAM ? Optimization.adam() : Optimization.adamW();
        double decay = weightDecay == null ? optimization.weightDecay() : weightDecay;
        return TrainingSettings.defaults()
                .withScenario(scenario)
                .withEpochs(epochs)
                .withBatches(batchSize, accumulate)
                .withSeed(seed)
                .withThreads(threads)
                .withMaxTokens(maxTokens == null ? 0 : maxTokens)
                .withGrouping(groupByLength ? TrainingSettings.Grouping.LENGTH : TrainingSettings.Grouping.NONE)
                .withDropoutInFrozenParts(dropoutInFrozenParts)
                .withOptimization(optimization
                        .withRates(learningRate, headLearningRate)
                        .withLayerFactor(layerDecay)
                        .withWeightDecay(decay, decayTables)
                        .withMaxNorm(clip)
                        .withSchedule(schedule, warmup))
                .withPatience(patience)
                .withCheckpoints(checkpoints, checkpointSteps);
    }

    private HeadShape headShape() {
        return hiddenSize == 0
                ? new HeadShape.Linear(dropout)
                : new HeadShape.FeedForward(hiddenSize, activation, dropout);
    }

    /**
     * The heads for the data's tasks.
     *
     * @throws CommandFailedException if a column cannot be one
     */
    List<ClassificationTask> heads(Dataset train) throws CommandFailedException {
        List<ClassificationTask> heads = new ArrayList<>();
        for (TaskLabels task : train.tasks()) {
            try {
                heads.add(new ClassificationTask(task.task(), task.names(), headShape()));
            } catch (IllegalArgumentException e) {
                throw new CommandFailedException(
                        train.name() + ": " + e.getMessage() + ": choose the tasks with --tasks TASK=COLUMN", e);
            }
        }
        return heads;
    }

    /**
     * The losses of the data's tasks.
     *
     * @throws IllegalArgumentException if there is no task of a name, or nothing would be learned
     */
    List<TaskLoss> losses(Dataset train) {
        Map<String, Double> unused = new LinkedHashMap<>();
        taskWeights.forEach(weight -> unused.put(weight.task(), weight.weight()));
        List<TaskLoss> losses = new ArrayList<>();
        for (LabelCounts counts : train.labelCounts()) {
            String task = counts.task().task();
            Double weight = unused.remove(task);
            losses.add(new TaskLoss(
                    weight == null ? 1 : weight,
                    classWeights == Weighting.BALANCED ? ClassWeights.balanced(counts.counts()) : null,
                    labelSmoothing));
        }
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException("--task-weight: unknown task " + String.join(", ", unused.keySet())
                    + ": the data has "
                    + String.join(
                            ", ", train.tasks().stream().map(TaskLabels::task).toList()));
        }
        if (losses.stream().allMatch(loss -> loss.weight() == 0)) {
            throw new IllegalArgumentException("--task-weight: 0 for every task: nothing would be learned");
        }
        return losses;
    }

    SentenceCheckpoint openModel() throws IOException, CommandFailedException {
        return isBundledModel() ? BundledModel.open() : SentenceCheckpoint.open(ModelOptions.folder(model));
    }

    private boolean isBundledModel() {
        return model.equals(ModelOptions.DEFAULT);
    }

    /** The model as it is shown. */
    String modelName() {
        return isBundledModel() ? BundledModel.NAME : model;
    }

    List<Path> data() {
        return data;
    }

    List<Path> dev() {
        return dev;
    }

    double devFraction() {
        return devFraction == null ? 0.2 : devFraction;
    }

    List<TaskColumn> tasks() {
        return tasks;
    }

    long seed() {
        return seed;
    }
}
