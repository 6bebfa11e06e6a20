package dev.retort.minilm;

import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What each precision costs and gives on STS-B's development sentences, two workers, precisions in turns: quality, tokens a millisecond by
 * batch budget, time of a single text. Medians, with the extremes.
 *
 * <p>{@code mvn -pl minilm -am test-compile}, then {@code java dev.retort.minilm.PrecisionMeasurement stsb_dev.tsv [rounds]} on the module's
 * test class path.
 */
final class PrecisionMeasurement {

    private static final int[] BUDGETS = {256, 512, 1024, 2048, 4096};
    private static final int[] LENGTHS = {8, 32, 128};
    private static final int CALLS = 60; // of a single text, a round

    private PrecisionMeasurement() {}

    public static void main(String[] arguments) throws IOException {
        StsSentences sentences = StsSentences.of(Files.readString(Path.of(arguments[0])));
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        Map<Precision, SentenceTransformer> models = new EnumMap<>(Precision.class);
        for (Precision precision : Precision.values()) {
            models.put(
                    precision,
                    SentenceTransformer.loadDefault(
                            LoadSettings.defaults().withThreads(2).withPrecision(precision)));
        }
        quality(models, sentences);
        for (int budget : BUDGETS) {
            EncodeOptions options = EncodeOptions.defaults().withBatchTokens(budget);
            inTurns("tokens/ms, budget " + budget, models, rounds, model -> rate(model, sentences.texts(), options));
        }
        for (int length : LENGTHS) {
            String text = "cat ".repeat(length - 2).strip();
            inTurns("ms, one text of " + length + " tokens", models, rounds, model -> single(model, text));
        }
        models.values().forEach(SentenceTransformer::close);
    }

    private static void quality(Map<Precision, SentenceTransformer> models, StsSentences sentences) {
        float[][] reference = vectors(models.get(Precision.F32).encode(sentences.texts()));
        models.forEach((precision, model) -> {
            float[][] vectors = vectors(model.encode(sentences.texts()));
            double[] cosines = IntStream.range(0, vectors.length)
                    .mapToDouble(i -> StsSentences.cosine(vectors[i], reference[i]))
                    .toArray();
            print(
                    "%-5s Spearman %.5f, cosine to F32 mean %.6f least %.6f%n",
                    precision,
                    sentences.spearman(vectors),
                    Arrays.stream(cosines).average().orElseThrow(),
                    Arrays.stream(cosines).min().orElseThrow());
        });
    }

    private static double rate(SentenceTransformer model, List<String> texts, EncodeOptions options) {
        long start = System.nanoTime();
        long tokens = model.encode(texts, options).stream()
                .mapToLong(Embedding::tokenCount)
                .sum();
        return tokens * 1e6 / (System.nanoTime() - start);
    }

    private static double single(SentenceTransformer model, String text) {
        double[] times = new double[CALLS];
        for (int call = 0; call < CALLS; call++) {
            long start = System.nanoTime();
            model.encode(text);
            times[call] = (System.nanoTime() - start) / 1e6;
        }
        return median(times);
    }

    private static void inTurns(
            String what,
            Map<Precision, SentenceTransformer> models,
            int rounds,
            ToDoubleFunction<SentenceTransformer> measurement) {
        Map<Precision, List<Double>> figures = new EnumMap<>(Precision.class);
        for (int round = -1; round < rounds; round++) { // the first round warms up
            for (Map.Entry<Precision, SentenceTransformer> model : models.entrySet()) {
                double figure = measurement.applyAsDouble(model.getValue());
                if (round >= 0) {
                    figures.computeIfAbsent(model.getKey(), precision -> new ArrayList<>())
                            .add(figure);
                }
            }
        }
        double reference = median(array(figures.get(Precision.F32)));
        figures.forEach((precision, list) -> {
            double[] values = array(list);
            print(
                    "%-28s %-5s %8.3f (%.3f .. %.3f) %5.2fx F32%n",
                    what,
                    precision,
                    median(values),
                    Arrays.stream(values).min().orElseThrow(),
                    Arrays.stream(values).max().orElseThrow(),
                    median(values) / reference);
        });
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static float[][] vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vector).toArray(float[][]::new);
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
