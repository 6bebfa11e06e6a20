package dev.retort.benchmarks.layer;

import dev.retort.core.PackedTokens;
import dev.retort.core.RandomStream;
import dev.retort.core.SequenceLayout;
import java.util.Arrays;

/** Batches of random tokens. */
final class Tokens {

    private static final int FIRST_WORD = 1000; // ids below it are marks and unused in BERT's vocabulary

    private Tokens() {}

    /** Sequences of one length, ids below the vocabulary size. */
    static PackedTokens random(int batchSize, int sequenceLength, int vocabularySize) {
        int[] lengths = new int[batchSize];
        Arrays.fill(lengths, sequenceLength);
        SequenceLayout layout = SequenceLayout.ofLengths(lengths);
        RandomStream random = new RandomStream(0, 0, 0);
        int[] ids = new int[layout.tokenCount()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = FIRST_WORD + (int) (random.uniform(i) * (vocabularySize - FIRST_WORD));
        }
        return PackedTokens.of(ids, layout);
    }
}
