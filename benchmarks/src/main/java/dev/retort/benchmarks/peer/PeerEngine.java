package dev.retort.benchmarks.peer;

import java.util.List;

/** An engine that embeds texts, as its own documentation says to use it. */
public interface PeerEngine extends AutoCloseable {

    /** Name and version. */
    String description();

    /** A vector a text, in the texts' order, tokenizer included. */
    float[][] encode(List<String> texts) throws Exception;

    /** The same for a caller that keeps the results as they are; their number. This is what is timed. */
    default int embed(List<String> texts) throws Exception {
        return encode(texts).length;
    }

    /** How many texts to compute at once, for an engine whose caller decides; others take what they are given. */
    default void batchSize(int texts) {}

    /** The number of tokens of all texts, or -1 if the engine does not say. */
    default long tokenCount(List<String> texts) {
        return -1;
    }
}
