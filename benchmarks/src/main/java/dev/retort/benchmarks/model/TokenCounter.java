package dev.retort.benchmarks.model;

import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.util.List;
import java.util.function.ToIntFunction;

/** Tokens of texts, as the default model's tokenizer sees them. */
public final class TokenCounter implements ToIntFunction<String>, AutoCloseable {

    private final Tokenizer tokenizer;

    private TokenCounter(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Opens the default model's tokenizer. */
    public static TokenCounter open() throws IOException {
        try (SentenceCheckpoint checkpoint = BundledModel.open()) {
            return new TokenCounter(tokenizerOf(checkpoint.tokenizer()));
        }
    }

    static Tokenizer tokenizerOf(TokenizerFiles files) throws IOException {
        if (files instanceof TokenizerFiles.InMemory inMemory) {
            return Tokenizer.ofJson(inMemory.json(), inMemory.name());
        }
        return Tokenizer.load(((TokenizerFiles.InFolder) files).path());
    }

    /** Tokens of one text, special ones included, however long it is. */
    @Override
    public int applyAsInt(String text) {
        return tokenizer
                .encode(text, BundledModel.MAX_SEQUENCE_LENGTH, TruncationPolicy.TRUNCATE)
                .fullTokenCount();
    }

    /** The ids of a text cut at a length. */
    public int[] ids(String text, int maxTokens) {
        return tokenizer.encode(text, maxTokens, TruncationPolicy.TRUNCATE).inputIds(0);
    }

    /** Does with texts what a model does before it computes; how many there were. */
    public int tokenize(List<String> texts) {
        return tokenizer
                .encode(texts, BundledModel.MAX_SEQUENCE_LENGTH, TruncationPolicy.TRUNCATE)
                .size();
    }

    /** Tokens that the default model computes of all texts: those beyond its limit are not counted. */
    public long computed(List<String> texts) {
        return texts.stream()
                .mapToLong(text -> Math.min(applyAsInt(text), BundledModel.MAX_SEQUENCE_LENGTH))
                .sum();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
