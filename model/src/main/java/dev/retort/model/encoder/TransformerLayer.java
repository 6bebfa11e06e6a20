package dev.retort.model.encoder;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.SequenceLayout;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import java.util.List;

/**
 * One encoder layer, post-norm (Vaswani et al. 2017, §3.1; Sanh et al. 2019).
 *
 * <pre>
 *   C = softmax(QKᵀ/√D) V per head, Q, K, V = projections of X      (1)
 *   A = LayerNorm(C Woᵀ + bo + X)                                    (2)
 *   I = act(A W₁ᵀ + b₁)                                              (3)
 *   Y = LayerNorm(dropout(I W₂ᵀ + b₂) + A)                           (4)
 * </pre>
 *
 * Unlike BERT there is no dropout on the attention output; dropout sits on the attention weights and at the end of the feed-forward.
 * Projection, residual and norm are one function, so that a backend can fuse them; that is why attention and feed-forward are not classes
 * of their own.
 */
final class TransformerLayer {

    private final Weight queryProjection; // (H, H), (H)
    private final Weight keyProjection; // (H, H), (H)
    private final Weight valueProjection; // (H, H), (H)
    private final Weight outputProjection; // Wo, (H, H), bo, (H)
    private final Norm attentionNorm;
    private final Weight inner; // W₁, (F, H), b₁, (F)
    private final Weight outer; // W₂, (H, F), b₂, (H)
    private final Norm outputNorm;
    private final DistilBertConfig config;
    private final int layer;

    TransformerLayer(ParameterScope scope, DistilBertConfig config, int layer) {
        int hiddenSize = config.hiddenSize();
        ParameterScope attention = scope.child("attention");
        List<Weight> projections =
                attention.jointWeights(hiddenSize, hiddenSize, "queryProjection", "keyProjection", "valueProjection");
        this.queryProjection = projections.get(0);
        this.keyProjection = projections.get(1);
        this.valueProjection = projections.get(2);
        this.outputProjection = attention.child("outputProjection").weight(hiddenSize, hiddenSize);
        this.attentionNorm = scope.child("attentionNorm").norm(hiddenSize, DistilBertConfig.NORM_EPSILON);
        ParameterScope feedForward = scope.child("feedForward");
        this.inner = feedForward.child("inner").weight(config.innerSize(), hiddenSize);
        this.outer = feedForward.child("outer").weight(hiddenSize, config.innerSize());
        this.outputNorm = scope.child("outputNorm").norm(hiddenSize, DistilBertConfig.NORM_EPSILON);
        this.config = config;
        this.layer = layer;
    }

    /**
     * @param hiddenStates X, (N, H)
     * @param layout of N tokens
     * @return Y, (N, H)
     */
    Variable forward(Variable hiddenStates, SequenceLayout layout, Fusions fusions, Mode mode) {
        DropoutSettings weightDropout = mode.dropout(config.attentionDropout(), DropoutSite.attentionWeights(layer));
        DropoutSettings outerDropout = mode.dropout(config.dropout(), DropoutSite.feedForward(layer));
        AttentionSettings settings = new AttentionSettings(config.headCount(), weightDropout, null);

        Variable context = fusions.selfAttention(
                hiddenStates, queryProjection, keyProjection, valueProjection, layout, settings); // (1)
        Variable attended = fusions.linearAddNorm(
                context, outputProjection, DropoutSettings.NONE, hiddenStates, attentionNorm); // (2)
        Variable innerStates = fusions.linear(attended, inner, config.activation()); // (3), (N, F)
        return fusions.linearAddNorm(innerStates, outer, outerDropout, attended, outputNorm); // (4)
    }
}
