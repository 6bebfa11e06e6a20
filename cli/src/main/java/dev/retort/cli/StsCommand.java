package dev.retort.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.cli.input.InputFile;
import dev.retort.cli.input.InputFormat;
import dev.retort.cli.input.RowSource;
import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
import dev.retort.inference.SentenceTransformer;
import dev.retort.inference.Similarity;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code retort eval sts}: semantic textual similarity. */
@Command(
        name = "sts",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description =
                "Compares the cosine of pairs of sentences with people's scores: correlations of Pearson and Spearman"
                        + " (Cer et al. 2017).",
        footer = {
            "",
            "Examples:",
            "  retort eval sts --data stsb_dev.tsv",
            "  retort eval sts --data stsb_dev.tsv --compute int8",
            "  retort eval sts --data stsb_dev.tsv --model ./my-model --json"
        })
final class StsCommand implements Callable<Integer> {

    private final Streams streams;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "FILE",
            description = "TSV or, if its name ends in .csv, CSV, with columns score, sentence1 and sentence2.")
    @SuppressWarnings("NullAway.Init") // required
    private Path data;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    StsCommand(Streams streams) {
        this.streams = streams;
    }

    /** The columns of a file. */
    private record Pairs(List<Double> scores, List<String> first, List<String> second) {}

    @Override
    public Integer call() throws Exception {
        Pairs pairs = read();
        int rows = pairs.scores().size();
        List<String> texts = new ArrayList<>(pairs.first());
        texts.addAll(pairs.second());
        List<Embedding> embeddings;
        double seconds;
        Precision precision;
        try (SentenceTransformer transformer = model.load()) {
            precision = transformer.runtime().precision();
            long begin = System.nanoTime();
            embeddings = transformer.encode(texts);
            seconds = (System.nanoTime() - begin) / 1e9;
        }
        double[] scores = pairs.scores().stream().mapToDouble(score -> score).toArray();
        double[] cosines = new double[rows];
        for (int i = 0; i < rows; i++) {
            cosines[i] = Similarity.COSINE.of(embeddings.get(i), embeddings.get(rows + i));
        }
        long tokens = embeddings.stream().mapToLong(Embedding::tokenCount).sum();
        print(
                precision,
                rows,
                Correlation.pearson(scores, cosines),
                Correlation.spearman(scores, cosines),
                seconds,
                tokens / seconds);
        return ExitCode.OK;
    }

    private Pairs read() throws IOException, CommandFailedException {
        Pairs pairs = new Pairs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        String name = data.toString();
        InputFormat format = InputFormat.of(name) == InputFormat.CSV ? InputFormat.CSV : InputFormat.TSV;
        try (RowSource rows = RowSource.open(InputFile.open(data), name, format)) {
            int score = rows.column("score");
            int first = rows.column("sentence1");
            int second = rows.column("sentence2");
            for (RowSource.Row row = rows.next(); row != null; row = rows.next()) {
                pairs.scores().add(score(row.cells().get(score), row.place()));
                pairs.first().add(row.cells().get(first));
                pairs.second().add(row.cells().get(second));
            }
        }
        if (pairs.scores().size() < 2) {
            throw new CommandFailedException(
                    name + ": too few rows for a correlation: " + pairs.scores().size() + ": give 2 or more");
        }
        return pairs;
    }

    private static double score(String cell, String place) throws CommandFailedException {
        try {
            double score = Double.parseDouble(cell);
            if (Double.isFinite(score)) {
                return score;
            }
            throw new CommandFailedException(place + ": score: expected a number, got '" + cell + "'");
        } catch (NumberFormatException e) {
            throw new CommandFailedException(place + ": score: expected a number, got '" + cell + "'", e);
        }
    }

    private void print(
            Precision precision, int rows, double pearson, double spearman, double seconds, double tokensPerSecond) {
        PrintStream out = streams.print();
        if (json) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            report.put("data", data.toString());
            report.put("model", model.name());
            report.put("compute", ComputeChoice.name(precision));
            report.put("rows", rows);
            put(report, "pearson", pearson);
            put(report, "spearman", spearman);
            report.put("seconds", seconds);
            report.put("tokensPerSecond", tokensPerSecond);
            out.println(report.toPrettyString());
        } else {
            out.printf(Locale.ROOT, "Pearson   %s%n", shown(pearson));
            out.printf(Locale.ROOT, "Spearman  %s%n", shown(spearman));
            out.printf(Locale.ROOT, "compute   %s%n", ComputeChoice.name(precision));
            out.printf(Locale.ROOT, "rows      %,d%n", rows);
            out.printf(Locale.ROOT, "seconds   %.2f%n", seconds);
            out.printf(Locale.ROOT, "tokens/s  %,.0f%n", tokensPerSecond);
        }
        out.flush();
    }

    private static void put(ObjectNode report, String name, double correlation) {
        if (Double.isNaN(correlation)) {
            report.putNull(name); // JSON has no NaN
        } else {
            report.put(name, correlation);
        }
    }

    private static String shown(double correlation) {
        return Double.isNaN(correlation)
                ? "undefined: scores or cosines are all equal"
                : String.format(Locale.ROOT, "%.4f", correlation);
    }
}
