package dev.retort.cli;

import dev.retort.inference.Classification;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.MultiTaskClassifier;
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
import dev.retort.train.report.HtmlReport;
import dev.retort.train.report.RunRecord;
import dev.retort.train.report.RunRecorder;
import dev.retort.train.report.WorstRows;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private static final int TEXTS_AT_A_TIME = 2048;

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
            names = "--report",
            paramLabel = "FILE",
            description = "Where the report is written, one HTML file; report.html in the run's folder unless given.")
    private @Nullable Path report;

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
        command.report = report;
        return command;
    }

    private int train(boolean resuming) throws Exception {
        TrainingSettings settings = settings();
        RunFolder run = new RunFolder(resume != null ? resume : out != null ? out : RunFolder.DEFAULT);
        if (!resuming) {
            run.requireFree();
        } else if (!run.hasCheckpoint()) {
            warn(run.path() + ": there is no checkpoint: the run begins from the first step");
        }
        if (report != null) {
            requireParent(report);
        }
        try (TrainingSets sets = TrainingSets.read(options, this::warn);
                SentenceCheckpoint backbone = options.openModel()) {
            TrainingPlan plan = plan(backbone, sets, settings, run);
            describe(plan, sets);
            train(plan, run, resuming);
        }
        return ExitCode.OK;
    }

    /** Refuses a report that could not be written, before anything takes long. */
    static void requireParent(Path file) throws CommandFailedException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent) || Files.isDirectory(file)) {
            throw new CommandFailedException(
                    "--report " + file + ": expected a file in a folder that exists: give another");
        }
        if (!Files.isWritable(parent)) {
            throw new CommandFailedException("--report " + file + ": its folder cannot be written: give another");
        }
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
        try {
            options.requireFitting(scenario, train, backbone);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
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
        try (RunLock lock = RunLock.take(run.path());
                MetricsLog metrics = MetricsLog.open(run.metrics());
                TrainingDisplay display = new TrainingDisplay(
                        streams.print(),
                        tasks,
                        wanted ? streams.err() : null,
                        streams.terminals().width())) {
            RunRecorder recorder = new RunRecorder(run.metrics());
            TrainingListener listener = TrainingListener.all(List.of(metrics, display, recorder));
            try (Trainer trainer = resuming ? Trainer.resume(plan, listener) : Trainer.start(plan, listener);
                    Resumable notice = begun(run, stored, resuming); // only what can be trained replaces a run
                    TrainedModel trained = trainer.run()) {
                try (UnfinishedFolder unfinished = new UnfinishedFolder(run.model())) {
                    trained.write(run.model(), ExistingFolder.REPLACE, provenance());
                }
                Path written = report == null ? run.report() : report;
                RunRecord record = record(recorder, trained, plan, run);
                HtmlReport.write(written, record);
                metrics.ended(trained.bestEpoch(), (System.nanoTime() - begin) / 1e9, PeakMemory.bytes());
                run.finish(stored);
                summarize(run, written, record, (System.nanoTime() - begin) / 1e9);
            }
        } catch (DivergedException e) {
            throw new CommandFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private Resumable begun(RunFolder run, Map<String, List<String>> stored, boolean resuming) throws IOException {
        run.tidy();
        if (!resuming) {
            run.begin(stored);
        }
        return new Resumable(run, streams.err());
    }

    private RunRecord record(RunRecorder recorder, TrainedModel trained, TrainingPlan plan, RunFolder run)
            throws IOException {
        Map<String, List<LabelCounts>> counts = new LinkedHashMap<>();
        counts.put("train", plan.train().labelCounts());
        List<WorstRows> worst = List.of();
        Dataset dev = plan.dev();
        if (dev != null) {
            counts.put("dev", dev.labelCounts());
            worst = worst(dev, run.model(), plan.settings().threads());
        }
        Map<String, String> configuration = new LinkedHashMap<>();
        configuration.put("model", options.modelName());
        configuration.put("train", plan.train().name());
        if (dev != null) {
            configuration.put("dev", dev.name());
        }
        return recorder.record(trained.bestEpoch(), counts, worst, configuration);
    }

    /** What the model that was written answers. */
    private static List<WorstRows> worst(Dataset dev, Path model, int threads) throws IOException {
        List<WorstRows> worst = new ArrayList<>();
        try (MultiTaskClassifier classifier =
                MultiTaskClassifier.load(model, LoadSettings.defaults().withThreads(threads))) {
            List<Classification> answers = new ArrayList<>();
            for (int first = 0; first < dev.size(); first += TEXTS_AT_A_TIME) {
                List<String> texts = new ArrayList<>();
                for (int row = first; row < Math.min(dev.size(), first + TEXTS_AT_A_TIME); row++) {
                    texts.add(dev.get(row).text());
                }
                answers.addAll(classifier.classify(texts));
            }
            for (int task = 0; task < dev.tasks().size(); task++) {
                String name = dev.tasks().get(task).task();
                worst.add(WorstRows.of(
                        dev,
                        task,
                        answers.stream()
                                .map(answer -> answer.of(name).probabilities())
                                .toList()));
            }
        }
        return worst;
    }

    private Map<String, String> provenance() {
        Map<String, String> provenance = new LinkedHashMap<>();
        provenance.put("model", options.modelName());
        return provenance;
    }

    private void summarize(RunFolder run, Path written, RunRecord record, double seconds) {
        PrintStream print = streams.print();
        print.println();
        record.best().ifPresent(best -> {
            print.printf("best      epoch %d%n", best.epoch() + 1);
            for (Evaluation.TaskEvaluation task : best.dev().tasks()) {
                print.printf(
                        Locale.ROOT,
                        "          %s: accuracy %.4f, macro-F1 %.4f%n",
                        task.task(),
                        task.accuracy(),
                        task.macroF1());
            }
        });
        print.println("model     " + run.model());
        print.println("metrics   " + run.metrics());
        print.println("report    " + written);
        print.printf(Locale.ROOT, "seconds   %.1f%n", seconds);
        print.flush();
    }

    private void warn(String warning) {
        streams.warn(warning);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
