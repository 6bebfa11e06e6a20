package dev.retort.examples;

import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.util.List;

/** Which of three sentences means the same as the first? */
public final class FirstSentence {

    private FirstSentence() {}

    /** Prints the cosine of each sentence to the first. */
    public static void main(String[] arguments) throws IOException {
        List<String> sentences =
                List.of("A cat sits on the mat", "A kitten is lying on a rug", "The stock market fell sharply today");
        try (SentenceTransformer model = SentenceTransformer.loadDefault()) {
            var embeddings = model.encode(sentences);
            for (int i = 0; i < sentences.size(); i++) {
                double cosine = model.similarity().of(embeddings.get(0), embeddings.get(i));
                System.out.printf("%.4f  %s%n", cosine, sentences.get(i));
            }
        }
    }
}
