package dev.retort.benchmarks;

import dev.retort.benchmarks.model.ReferenceModel;
import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a narrower arithmetic costs in quality: every sentence's cosine to our float32 vector, and how well the cosines of pairs follow
 * people's scores.
 *
 * @param leastCosine over all sentences
 * @param meanCosine over all sentences
 * @param spearman of the pairs' cosines and the scores, NaN without scores
 */
record Quality(double leastCosine, double meanCosine, double spearman) {

    static Quality of(float[][] vectors, float[][] reference, List<Double> scores) {
        double[] cosines = Duel.cosines(vectors, reference);
        return new Quality(
                Arrays.stream(cosines).min().orElseThrow(),
                Arrays.stream(cosines).average().orElseThrow(),
                scores.isEmpty() ? Double.NaN : spearman(vectors, scores));
    }

    private static double spearman(float[][] vectors, List<Double> scores) {
        double[] similarities = new double[scores.size()];
        for (int pair = 0; pair < similarities.length; pair++) {
            similarities[pair] = ReferenceModel.cosine(vectors[2 * pair], vectors[2 * pair + 1]);
        }
        return RankCorrelation.of(
                similarities, scores.stream().mapToDouble(score -> score).toArray());
    }

    /** Vectors of the whole corpus by an engine as it is set. */
    static float[][] vectors(PeerProcess engine, List<String> texts) throws IOException {
        engine.texts(texts);
        return engine.vectors();
    }

    /** {@code Spearman 0.86716, cosine mean 0.99998, least 0.99991}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "Spearman %.5f, cosine mean %.5f, least %.5f", spearman, meanCosine, leastCosine);
    }
}
