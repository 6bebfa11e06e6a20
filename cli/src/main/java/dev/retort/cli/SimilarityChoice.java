package dev.retort.cli;

import dev.retort.inference.Similarity;
import java.util.Locale;

/** {@link Similarity} as it is spelled on the command line. */
enum SimilarityChoice {
    COSINE(Similarity.COSINE),
    DOT(Similarity.DOT),
    EUCLIDEAN(Similarity.EUCLIDEAN),
    MANHATTAN(Similarity.MANHATTAN);

    private final Similarity similarity;

    SimilarityChoice(Similarity similarity) {
        this.similarity = similarity;
    }

    Similarity similarity() {
        return similarity;
    }

    static SimilarityChoice of(Similarity similarity) {
        for (SimilarityChoice choice : values()) {
            if (choice.similarity == similarity) {
                return choice;
            }
        }
        throw new IllegalArgumentException("similarity: unknown: " + similarity);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
