package dev.retort.minilm;

import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * STS-B's development set: 1,500 pairs of sentences with people's judgement of their likeness.
 *
 * @param texts both sentences of each pair in turn
 * @param scores one a pair
 */
record StsSentences(List<String> texts, double[] scores) {

    static StsSentences require() throws IOException {
        Path file = SharedFolder.require("data/sts/stsb_dev.tsv");
        return of(Files.readString(file));
    }

    static StsSentences of(String tsv) {
        List<String> texts = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        for (String line : tsv.split("\n")) {
            String[] columns = line.split("\t", -1);
            if (!columns[0].equals("score")) {
                scores.add(Double.parseDouble(columns[0]));
                texts.add(columns[1]);
                texts.add(columns[2]);
            }
        }
        return new StsSentences(
                texts, scores.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Spearman's rank correlation of the pairs' cosines with the scores. */
    double spearman(float[][] vectors) {
        double[] cosines = IntStream.range(0, scores.length)
                .mapToDouble(pair -> cosine(vectors[2 * pair], vectors[2 * pair + 1]))
                .toArray();
        return pearson(ranks(cosines), ranks(scores));
    }

    static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    /** Ranks from one; ties share the mean of theirs. */
    private static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> Double.compare(values[a], values[b]));
        double[] ranks = new double[values.length];
        for (int start = 0; start < order.length; ) {
            int end = start;
            while (end < order.length && values[order[end]] == values[order[start]]) {
                end++;
            }
            for (int i = start; i < end; i++) {
                ranks[order[i]] = (start + end + 1) / 2.0;
            }
            start = end;
        }
        return ranks;
    }

    private static double pearson(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xy / Math.sqrt(xx * yy);
    }
}
