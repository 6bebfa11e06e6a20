package dev.retort.benchmarks.peer;

import dev.retort.benchmarks.model.TokenCounter;
import java.util.List;

/** The default model's tokenizer alone behind the line protocol: what of a process's heap is the tokenizer's. No arguments. */
public final class TokenizerPeer implements PeerEngine {

    private final TokenCounter tokenizer;

    private TokenizerPeer(TokenCounter tokenizer) {
        this.tokenizer = tokenizer;
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new TokenizerPeer(TokenCounter.open()));
    }

    @Override
    public String description() {
        return "tokenizer alone";
    }

    /** No vectors: each is empty. */
    @Override
    public float[][] encode(List<String> texts) {
        return new float[embed(texts)][0];
    }

    @Override
    public int embed(List<String> texts) {
        return tokenizer.tokenize(texts);
    }

    @Override
    public long tokenCount(List<String> texts) {
        return tokenizer.computed(texts);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
