package dev.retort.cli;

import dev.retort.inference.Classification;
import dev.retort.inference.MultiTaskClassifier;
import dev.retort.train.Evaluation;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.DatasetFile;
import dev.retort.train.dataset.DatasetFormat;
import dev.retort.train.dataset.ReadOptions;
import dev.retort.train.dataset.TaskColumn;
import dev.retort.train.dataset.TaskLabels;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code retort eval}: measures a model on labelled data. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Measures how good a model is on labelled data: accuracy, macro-F1 and confusions of a trained model's tasks.",
            "",
            "The command sts measures sentence vectors instead."
        },
        footer = {
            "",
            "Examples:",
            "  retort eval --data test.tsv",
            "  retort eval --model runs/news/model --data test.tsv --tasks topic=label --json",
            "  retort eval sts --data stsb_dev.tsv"
        })
final class EvalCommand implements Callable<Integer> {

    private static final int TEXTS_AT_A_TIME = 2048;

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            converter = NotEmpty.class,
            description = "A model folder that retort train wrote; runs/default/model, the last run's, unless given.")
    private @Nullable String model;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Labelled texts: TSV, CSV or JSON lines, with a column for the tasks, or some of them.")
    private @Nullable Path data;

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
            converter = TrainOptions.TaskOfColumn.class,
            description = "The columns of the tasks' labels; those of the tasks' names unless given.")
    private List<TaskColumn> tasks = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Of --data: ${COMPLETION-CANDIDATES}; what its name ends in unless given.")
    private @Nullable DatasetFormat format;

    @Mixin
    private ComputeOptions computing = new ComputeOptions();

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    EvalCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        if (spec.commandLine().getParseResult().matchedArgs().isEmpty()) {
            spec.commandLine().usage(spec.commandLine().getErr());
            return ExitCode.USAGE;
        }
        if (data == null) {
            throw new ParameterException(
                    spec.commandLine(), "no data: give --data FILE, or the command sts with its own");
        }
        try (MultiTaskClassifier classifier = PredictCommand.load(model, computing);
                Dataset set = read(data, classifier)) {
            Evaluation evaluation = evaluate(classifier, set);
            if (json) {
                printJson(evaluation);
            } else {
                print(evaluation);
            }
        }
        return ExitCode.OK;
    }

    private Dataset read(Path file, MultiTaskClassifier classifier) throws IOException, CommandFailedException {
        List<TaskLabels> known = classifier.labels().entrySet().stream()
                .map(task -> new TaskLabels(task.getKey(), task.getValue()))
                .toList();
        ReadOptions options = ReadOptions.defaults().withKnown(known);
        try {
            options = textColumn == null ? options : options.withTextColumn(textColumn);
            options = format == null ? options : options.withFormat(format);
            options = options.withTasks(tasks);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
        return DatasetFile.read(file, options, streams::warn);
    }

    private static Evaluation evaluate(MultiTaskClassifier classifier, Dataset set) {
        List<String> names = List.copyOf(classifier.labels().keySet());
        List<List<String>> labels = List.copyOf(classifier.labels().values());
        int[][] truth = new int[names.size()][set.size()];
        int[][] predicted = new int[names.size()][set.size()];
        for (int first = 0; first < set.size(); first += TEXTS_AT_A_TIME) {
            List<String> texts = new ArrayList<>();
            for (int row = first; row < Math.min(set.size(), first + TEXTS_AT_A_TIME); row++) {
                texts.add(set.get(row).text());
            }
            List<Classification> answers = classifier.classify(texts);
            for (int i = 0; i < answers.size(); i++) {
                for (int task = 0; task < names.size(); task++) {
                    truth[task][first + i] = set.label(first + i, task);
                    predicted[task][first + i] = labels.get(task)
                            .indexOf(answers.get(i).of(names.get(task)).label());
                }
            }
        }
        double[] losses = new double[names.size()];
        Arrays.fill(losses, Double.NaN); // nobody asked
        return Evaluation.of(names, labels, truth, predicted, losses);
    }

    private void printJson(Evaluation evaluation) {
        PrintStream out = streams.print();
        out.println(EvaluationJson.of(evaluation));
        out.flush();
    }

    private void print(Evaluation evaluation) {
        PrintStream out = streams.print();
        for (Evaluation.TaskEvaluation task : evaluation.tasks()) {
            if (task.rows() == 0) {
                out.printf("%s: no labels%n%n", task.task());
                continue;
            }
            out.printf(
                    Locale.ROOT,
                    "%s: accuracy %.4f, macro-F1 %.4f, %,d rows%n",
                    task.task(),
                    task.accuracy(),
                    task.macroF1(),
                    task.rows());
            printConfusion(out, task);
            out.println();
        }
        out.println("joint: accuracy "
                + (evaluation.jointRows() == 0
                        ? "undefined: no row has all labels"
                        : String.format(
                                Locale.ROOT, "%.4f, %,d rows", evaluation.jointAccuracy(), evaluation.jointRows())));
        out.flush();
    }

    /** A row a true class, a column a predicted one. */
    private static void printConfusion(PrintStream out, Evaluation.TaskEvaluation task) {
        int first = "true \\ predicted".length();
        for (String label : task.labels()) {
            first = Math.max(first, label.length());
        }
        StringBuilder line = new StringBuilder(String.format("  %-" + first + "s", "true \\ predicted"));
        task.labels().forEach(label -> line.append("  ").append(cell(label, label)));
        out.println(line);
        for (int c = 0; c < task.labels().size(); c++) {
            line.setLength(0);
            line.append(String.format("  %-" + first + "s", task.labels().get(c)));
            for (int other = 0; other < task.labels().size(); other++) {
                line.append("  ")
                        .append(cell(
                                task.confusion().get(c).get(other).toString(),
                                task.labels().get(other)));
            }
            out.println(line);
        }
    }

    private static String cell(String text, String column) {
        return " ".repeat(Math.max(0, Math.max(5, column.length()) - text.length())) + text;
    }
}
