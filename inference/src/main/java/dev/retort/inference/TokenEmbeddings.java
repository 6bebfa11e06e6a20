package dev.retort.inference;

import java.util.Arrays;
import java.util.List;

/**
 * One text's token vectors: the encoder's last hidden states, before pooling.
 *
 * @param tokens the T word pieces, special ones included
 * @param vectors (T, H)
 * @param truncated whether the end of the text was dropped
 */
public record TokenEmbeddings(List<String> tokens, float[][] vectors, boolean truncated) {

    public TokenEmbeddings {
        tokens = List.copyOf(tokens);
        vectors = Arrays.stream(vectors).map(float[]::clone).toArray(float[][]::new);
    }

    /** A copy of the vectors, (T, H). */
    @Override
    public float[][] vectors() {
        return Arrays.stream(vectors).map(float[]::clone).toArray(float[][]::new);
    }
}
