package dev.retort.model.encoder;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import java.util.ArrayList;
import java.util.List;

/**
 * DistilBERT without a head (Sanh et al. 2019, "DistilBERT, a distilled version of BERT").
 *
 * <pre>
 *   X₀ = Embeddings(ids)
 *   Xᵢ = TransformerLayerᵢ(Xᵢ₋₁)      i = 1..layerCount
 * </pre>
 *
 * Hugging Face's {@code DistilBertModel} computes the same rows on padded batches. Immutable after construction.
 */
public final class DistilBertEncoder {

    private final DistilBertConfig config;
    private final Embeddings embeddings;
    private final List<TransformerLayer> layers;

    /**
     * @param scope gives parameters named {@code embeddings.*} and {@code layer.<i>.*}
     * @throws IllegalArgumentException if the scope's source lacks a parameter or has another shape
     */
    public DistilBertEncoder(ParameterScope scope, DistilBertConfig config) {
        this.config = config;
        this.embeddings = new Embeddings(scope.child("embeddings"), config);
        List<TransformerLayer> built = new ArrayList<>();
        for (int layer = 0; layer < config.layerCount(); layer++) {
            built.add(new TransformerLayer(scope.child("layer").child(Integer.toString(layer)), config, layer));
        }
        this.layers = List.copyOf(built);
    }

    /** The sizes. */
    public DistilBertConfig config() {
        return config;
    }

    /**
     * The last hidden states.
     *
     * @param tokens N tokens; ids below the vocabulary size, positions below the position count
     * @return (N, H)
     * @throws IllegalArgumentException with text, place and value of the first id or position outside
     */
    public Variable forward(PackedTokens tokens, Fusions fusions, Mode mode) {
        Variable hiddenStates = embed(tokens, fusions, mode);
        for (TransformerLayer layer : layers) {
            Variable input = hiddenStates;
            hiddenStates = NoGradients.releasingTemporaries(() -> layer.forward(input, tokens.layout(), fusions, mode));
        }
        return hiddenStates;
    }

    /**
     * The output of the embeddings and of each layer, in order.
     *
     * @param tokens N tokens
     * @return layerCount + 1 tensors, each (N, H)
     */
    public List<Variable> hiddenStates(PackedTokens tokens, Fusions fusions, Mode mode) {
        List<Variable> all = new ArrayList<>();
        all.add(embed(tokens, fusions, mode));
        for (TransformerLayer layer : layers) {
            all.add(layer.forward(all.get(all.size() - 1), tokens.layout(), fusions, mode));
        }
        return all;
    }

    private Variable embed(PackedTokens tokens, Fusions fusions, Mode mode) {
        return NoGradients.releasingTemporaries(() -> embeddings.forward(tokens, fusions, mode));
    }
}
