package dev.retort.peers;

import dev.retort.benchmarks.peer.PeerEngine;
import dev.retort.benchmarks.peer.PeerServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.ai.transformers.TransformersEmbeddingModel;

/** Spring AI's TransformersEmbeddingModel. Arguments: the resources of model and tokenizer. */
public final class SpringAiPeer implements PeerEngine {

    private static final int LIST = 32; // it pads a list to its longest text, so the whole corpus at once would not do

    private final TransformersEmbeddingModel model = new TransformersEmbeddingModel();

    private SpringAiPeer(String onnx, String tokenizer) throws Exception {
        model.setModelResource("classpath:/" + onnx);
        model.setTokenizerResource("classpath:/" + tokenizer);
        model.setTokenizerOptions(Map.of("padding", "true"));
        model.setDisableCaching(true);
        model.afterPropertiesSet();
    }

    public static void main(String[] args) {
        PeerServer.serve(() -> new SpringAiPeer(args[0], args[1]));
    }

    @Override
    public String description() {
        return "Spring AI 2.0.0 TransformersEmbeddingModel, lists of " + LIST;
    }

    @Override
    public float[][] encode(List<String> texts) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (int first = 0; first < texts.size(); first += LIST) {
            vectors.addAll(model.embed(texts.subList(first, Math.min(first + LIST, texts.size()))));
        }
        return vectors.toArray(float[][]::new);
    }

    @Override
    public void close() {}
}
