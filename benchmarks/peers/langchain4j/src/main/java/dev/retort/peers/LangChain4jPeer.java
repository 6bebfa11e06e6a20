package dev.retort.peers;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.retort.benchmarks.peer.PeerEngine;
import dev.retort.benchmarks.peer.PeerServer;
import java.util.List;

/** LangChain4j's model inside the process, with its own defaults. Argument: f32 or q. */
public final class LangChain4jPeer implements PeerEngine {

    private final EmbeddingModel model;
    private final String kind;

    private LangChain4jPeer(String kind) {
        this.kind = kind;
        this.model = kind.equals("q") ? new AllMiniLmL6V2QuantizedEmbeddingModel() : new AllMiniLmL6V2EmbeddingModel();
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new LangChain4jPeer(args[0]));
    }

    @Override
    public String description() {
        return "LangChain4j all-MiniLM-L6-v2 " + kind + " 1.19.0-beta29, embedAll";
    }

    @Override
    public float[][] encode(List<String> texts) {
        if (texts.size() == 1) {
            return new float[][] {model.embed(texts.get(0)).content().vector()};
        }
        return model.embedAll(texts.stream().map(TextSegment::from).toList()).content().stream()
                .map(Embedding::vector)
                .toArray(float[][]::new);
    }

    @Override
    public void close() {}
}
