package dev.retort.weights.huggingface;

import java.util.List;

/**
 * How an architecture's modules call the linear layers and the last norm of a transformer layer, for readers of other files than
 * checkpoints ({@code modeling_bert.py}, {@code modeling_distilbert.py}).
 *
 * @param layers stands before the layer's number
 * @param projections query, key and value
 * @param inner first linear layer of the feed-forward network
 * @param outer second linear layer of the feed-forward network
 * @param outputNorm the layer's last norm
 */
public record LayerNames(String layers, List<String> projections, String inner, String outer, String outputNorm) {

    /** BERT's. */
    public static final LayerNames BERT = new LayerNames(
            "encoder.layer.",
            List.of("attention.self.query", "attention.self.key", "attention.self.value"),
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    /** DistilBERT's. */
    public static final LayerNames DISTILBERT = new LayerNames(
            "transformer.layer.",
            List.of("attention.q_lin", "attention.k_lin", "attention.v_lin"),
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    /** Copies the list. */
    public LayerNames {
        projections = List.copyOf(projections);
    }
}
