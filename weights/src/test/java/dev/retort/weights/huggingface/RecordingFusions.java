package dev.retort.weights.huggingface;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Keeps every intermediate result of a forward pass under the name that the fixtures give it. */
final class RecordingFusions implements Fusions {

    private final Fusions definitions = Fusions.definitions();
    private final Map<String, INDArray> recorded = new HashMap<>();
    private final List<Map<SequenceLayout.Run, INDArray>> attentionWeights = new ArrayList<>();
    private int layer = -1;

    INDArray recorded(String name) {
        return recorded.get(name);
    }

    /** By layer, then by run, (n, A, L, L). */
    List<Map<SequenceLayout.Run, INDArray>> attentionWeights() {
        return attentionWeights;
    }

    @Override
    public Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        Variable embedded = definitions.embed(tokens, wordEmbeddings, positionEmbeddings, norm);
        recorded.put("hidden_states.0", embedded.value());
        return embedded;
    }

    @Override
    public Variable selfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        layer++;
        Map<SequenceLayout.Run, INDArray> weights = new HashMap<>();
        attentionWeights.add(weights);
        Variable context = definitions.selfAttention(
                x, query, key, value, layout, settings.observedBy((run, shown) -> weights.put(run, shown.dup('c'))));
        recorded.put("layer." + layer + ".attention.context", context.value());
        return context;
    }

    @Override
    public Variable linearAddNorm(Variable x, Weight weight, DropoutSettings dropout, Variable residual, Norm norm) {
        boolean attention = !recorded.containsKey("layer." + layer + ".attention.norm");
        Variable output = definitions.linearAddNorm(x, weight, dropout, residual, norm);
        INDArray projected = definitions.linear(x, weight, Activation.IDENTITY).value();
        recorded.put("layer." + layer + (attention ? ".attention.output" : ".ffn.output"), projected);
        recorded.put(attention ? "layer." + layer + ".attention.norm" : "hidden_states." + (layer + 1), output.value());
        return output;
    }

    @Override
    public Variable linear(Variable x, Weight weight, Activation activation) {
        recorded.put(
                "layer." + layer + ".ffn.inner",
                definitions.linear(x, weight, Activation.IDENTITY).value());
        return definitions.linear(x, weight, activation);
    }
}
