package dev.retort.model.encoder;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

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
    private final boolean frozenEmbeddings;
    private final List<Boolean> frozenLayers;

    /**
     * @param scope gives parameters named {@code embeddings.*} and {@code layer.<i>.*}
     * @throws IllegalArgumentException if the scope's source lacks a parameter or has another shape
     */
    public DistilBertEncoder(ParameterScope scope, DistilBertConfig config) {
        this.config = config;
        this.embeddings = new Embeddings(scope.child("embeddings"), config);
        this.frozenEmbeddings = scope.child("embeddings").isFrozen();
        List<TransformerLayer> built = new ArrayList<>();
        List<Boolean> frozen = new ArrayList<>();
        for (int layer = 0; layer < config.layerCount(); layer++) {
            ParameterScope ofLayer = scope.child("layer").child(Integer.toString(layer));
            built.add(new TransformerLayer(ofLayer, config, layer));
            frozen.add(ofLayer.isFrozen());
        }
        this.layers = List.copyOf(built);
        this.frozenLayers = List.copyOf(frozen);
    }

    /** The sizes. */
    public DistilBertConfig config() {
        return config;
    }

    /**
     * The last hidden states. What lies below the lowest parameter that is trained keeps nothing for backward.
     *
     * @param tokens N tokens; ids below the vocabulary size, positions below the position count
     * @return (N, H)
     * @throws IllegalArgumentException with text, place and value of the first id or position outside
     */
    public Variable forward(PackedTokens tokens, Fusions fusions, Mode mode) {
        Variable hiddenStates = embed(tokens, fusions, mode);
        for (int layer = 0; layer < layers.size(); layer++) {
            hiddenStates = apply(layer, hiddenStates, tokens.layout(), fusions, mode);
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
        for (int layer = 0; layer < layers.size(); layer++) {
            all.add(apply(layer, all.get(layer), tokens.layout(), fusions, mode));
        }
        return all;
    }

    private Variable embed(PackedTokens tokens, Fusions fusions, Mode mode) {
        Mode own = frozenEmbeddings ? mode.inFrozenPart() : mode;
        return part(frozenEmbeddings, () -> embeddings.forward(tokens, fusions, own));
    }

    private Variable apply(int layer, Variable input, SequenceLayout layout, Fusions fusions, Mode mode) {
        boolean frozen = frozenLayers.get(layer);
        Mode own = frozen ? mode.inFrozenPart() : mode;
        return part(frozen && !input.requiresGradient(), () -> layers.get(layer).forward(input, layout, fusions, own));
    }

    /** @param constant whether nothing in the computation, nor below, is trained */
    private static Variable part(boolean constant, Supplier<Variable> computation) {
        if (!constant) {
            return NoGradients.releasingTemporaries(computation);
        }
        try (NoGradients off = NoGradients.open()) {
            return NoGradients.releasingTemporaries(computation);
        }
    }
}
