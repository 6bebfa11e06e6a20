package dev.retort.cli;

import dev.retort.train.DivergedException;
import dev.retort.train.Evaluation;
import dev.retort.train.MetricsLog;
import dev.retort.train.Scenario;
import dev.retort.train.TrainedModel;
import dev.retort.train.Trainer;
import dev.retort.train.TrainingListener;
import dev.retort.train.TrainingPlan;
import dev.retort.train.TrainingSettings;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.LabelCounts;
import dev.retort.train.dataset.TaskLabels;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code retort train}: labelled texts train heads, and as much of the backbone as the scenario leaves free. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Trains a head for each task on labelled texts, and as much of the model as the scenario leaves free.",
            "",
            "Without options: the bundled sentences by topic and sentiment, heads only, ten epochs. The best epoch by the"
                    + " dev set is kept. A run that was interrupted goes on with --resume, to the same bits."
        },
        footer = {
            "",
            "Examples:",
            "  retort train",
            "  retort train --data news.tsv --dev dev.tsv --tasks topic --batch-size 32 --out runs/news",
            "  retort train --data reviews.csv --tasks sentiment=label --scenario \"lower-layers 3\" --epochs 3",
            "  retort train --resume runs/news"
        })
final class TrainCommand implements Callable<Integer> {

    /** As {@link Scenario#parse} reads it. */
    static final class ScenarioName implements ITypeConverter<Scenario> {

        @Override
        public Scenario convert(String value) {
            try {
                return Scenario.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private TrainOptions options = new TrainOptions();

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            converter = ScenarioName.class,
            description = "What is trained: heads-only (default; sentence vectors are computed once), frozen-backbone,"
                    + " \"frozen-head TASK\", \"lower-layers K\" (the embeddings and K layers are frozen), full, or"
                    + " \"gradual N\" (a layer more every N epochs). A colon may stand for the space.")
    private Scenario scenario = Scenario.headsOnly();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where model, metrics, checkpoints and report are written; runs/default unless given. A"
                    + " finished run there is replaced.")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "FOLDER",
            description = "Go on with the run of this folder, which knows its options.")
    private @Nullable Path resume;

    @Option(
            names = "--progress",
            negatable = true,
            description = "Show a progress bar, or none. Without the option there is one where standard error is a"
                    + " terminal.")
    private @Nullable Boolean progress;

    TrainCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        if (resume != null) {
            return resumed(new RunFolder(resume)).train(true);
        }
        return train(false);
    }

    /** The command as it was given when the run began. */
    private TrainCommand resumed(RunFolder run) throws IOException, CommandFailedException {
        StoredOptions given = StoredOptions.given(spec);
        if (out != null) {
            throw usage("--out: a run goes on in its own folder, " + run.path());
        }
        StoredOptions stored = new StoredOptions(run.unfinishedOptions());
        List<String> different = given.differencesFrom(stored);
        if (!different.isEmpty()) {
            throw usage("--resume " + run.path() + ": the run has other options: " + String.join(", ", different));
        }
        TrainCommand command = new TrainCommand(streams);
        stored.parseInto(command, run.path());
        command.spec = spec;
        command.resume = run.path();
        command.progress = progress;
        return command;
    }

    private int train(boolean resuming) throws Exception {
        TrainingSettings settings = settings();
        RunFolder run = new RunFolder(resume != null ? resume : out != null ? out : RunFolder.DEFAULT);
        if (!resuming) {
            run.requireFree();
        }
        try (TrainingSets sets = TrainingSets.read(options, this::warn);
                SentenceCheckpoint backbone = options.openModel()) {
            TrainingPlan plan = plan(backbone, sets, settings, run);
            describe(plan, sets);
            train(plan, run, resuming);
        }
        return ExitCode.OK;
    }

    private TrainingSettings settings() {
        try {
            options.requireConsistent();
            return options.settings(scenario);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private TrainingPlan plan(SentenceCheckpoint backbone, TrainingSets sets, TrainingSettings settings, RunFolder run)
            throws CommandFailedException {
        Dataset train = sets.train();
        List<String> names = train.tasks().stream().map(TaskLabels::task).toList();
        int layers = backbone.config().layerCount();
        if (scenario.head() != null && !names.contains(scenario.head())) {
            throw usage("--scenario " + scenario + ": unknown task: the data has " + String.join(", ", names));
        }
        if (scenario.kind() == Scenario.Kind.LOWER_LAYERS && scenario.count() > layers) {
            throw usage("--scenario " + scenario + ": the model has " + layers + " layers");
        }
        try {
            return new TrainingPlan(
                    backbone,
                    options.heads(train),
                    train,
                    sets.dev(),
                    options.losses(train),
                    settings,
                    run.checkpoints());
        } catch (IllegalArgumentException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private void describe(TrainingPlan plan, TrainingSets sets) {
        PrintStream print = streams.print();
        print.println(
                "model     " + options.modelName() + ": " + plan.backbone().pipeline());
        describe(print, "train     ", sets.train());
        if (sets.dev() != null) {
            describe(print, "dev       ", sets.dev());
        }
        TrainingSettings settings = plan.settings();
        print.printf(
                Locale.ROOT,
                "training  %s, %d %s, batches of %d%s, seed %d, threads %d%n",
                settings.scenario(),
                settings.epochs(),
                settings.epochs() == 1 ? "epoch" : "epochs",
                settings.batchSize(),
                settings.accumulatedBatches() == 1 ? "" : " x " + settings.accumulatedBatches(),
                settings.seed(),
                settings.threads());
        print.println("          " + settings.optimization());
        print.flush();
    }

    private static void describe(PrintStream print, String title, Dataset set) {
        print.printf(Locale.ROOT, "%s%s: %,d rows%n", title, set.name(), set.size());
        for (LabelCounts counts : set.labelCounts()) {
            print.println(" ".repeat(title.length()) + counts);
        }
    }

    private void train(TrainingPlan plan, RunFolder run, boolean resuming) throws Exception {
        Map<String, List<String>> stored =
                resuming ? run.unfinishedOptions() : StoredOptions.all(spec).values();
        long begin = System.nanoTime();
        boolean wanted = progress == null ? streams.terminals().err() : progress;
        List<String> tasks = plan.tasks().stream().map(task -> task.name()).toList();
        if (!resuming) {
            run.begin(stored);
        }
        try (Resumable notice = new Resumable(run.path(), streams.err());
                MetricsLog metrics = MetricsLog.open(run.metrics());
                TrainingDisplay display = new TrainingDisplay(
                        streams.print(),
                        tasks,
                        wanted ? streams.err() : null,
                        streams.terminals().width())) {
            TrainingListener listener = TrainingListener.all(List.of(metrics, display));
            try (Trainer trainer = resuming ? Trainer.resume(plan, listener) : Trainer.start(plan, listener)) {
                TrainedModel trained = trainer.run();
                try (UnfinishedFolder unfinished = new UnfinishedFolder(run.model())) {
                    trained.write(run.model(), ExistingFolder.REPLACE, provenance());
                }
                metrics.ended(trained.bestEpoch(), (System.nanoTime() - begin) / 1e9, PeakMemory.bytes());
                run.finish(stored);
                summarize(run, display, (System.nanoTime() - begin) / 1e9);
            }
        } catch (DivergedException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, String> provenance() {
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("model", options.modelName());
        return provenance;
    }

    private void summarize(RunFolder run, TrainingDisplay display, double seconds) {
        PrintStream print = streams.print();
        print.println();
        TrainingListener.EpochReport best = display.best();
        if (best != null) {
            print.printf("best      epoch %d%n", best.epoch() + 1);
            for (Evaluation.TaskEvaluation task : best.dev().tasks()) {
                print.printf(
                        Locale.ROOT,
                        "          %s: accuracy %.4f, macro-F1 %.4f%n",
                        task.task(),
                        task.accuracy(),
                        task.macroF1());
            }
        }
        print.println("model     " + run.model());
        print.println("metrics   " + run.metrics());
        print.printf(Locale.ROOT, "seconds   %.1f%n", seconds);
        print.flush();
    }

    private void warn(String warning) {
        streams.err().println("retort: warning: " + warning);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
