package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Composite functions a backend may fuse. Each default body is the definition; an override must agree with it, value and gradient.
 *
 * <p>A default body calls primitives only, never a sibling method: dispatch would lead back into the override, and a test that compares
 * the two would compare the override with itself. With weights prepared in a narrower format, an override's result may be in one too, which
 * every function of the same instance takes; norms, pooling and unit vectors are float32 again. An instance belongs to one worker's workspace and is passed to {@code forward}; layers
 * never hold one.
 */
public interface Fusions {

    /** The divisor's lower bound in {@link #l2Normalize}, as PyTorch's {@code functional.normalize}. */
    double L2_EPSILON = 1e-12;

    /** The definitions alone: float32 and float64, every platform. */
    static Fusions definitions() {
        return Definitions.INSTANCE;
    }

    /**
     * LayerNorm(W[ids] + P[positions]).
     *
     * @param tokens N tokens
     * @param wordEmbeddings W, (V, H)
     * @param positionEmbeddings P, (positions, H)
     * @param norm of H
     * @return (N, H)
     */
    default Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        Variable words = wordEmbeddings.gather(tokens.tokenIds()); // (N, H)
        Variable positions = positionEmbeddings.gather(tokens.layout().positionIds()); // (N, H)
        return words.add(positions).layerNormalize(norm.gamma(), norm.beta(), norm.epsilon());
    }

    /**
     * Y = act(X Wᵀ + b).
     *
     * @param x X, (N, in)
     * @param weight W, (out, in), and b, (out)
     * @return Y, (N, out)
     */
    default Variable linear(Variable x, Weight weight, Activation activation) {
        return activation.of(Definitions.affine(x, weight));
    }

    /**
     * Y = LayerNorm(dropout(X Wᵀ + b) + R).
     *
     * @param x X, (N, in)
     * @param weight W, (H, in), and b, (H)
     * @param residual R, (N, H)
     * @return Y, (N, H)
     */
    default Variable linearAddNorm(Variable x, Weight weight, DropoutSettings dropout, Variable residual, Norm norm) {
        return dropout.of(Definitions.affine(x, weight))
                .add(residual)
                .layerNormalize(norm.gamma(), norm.beta(), norm.epsilon());
    }

    /**
     * x ⊙ m / (1 - p), with a mask m that is drawn (Srivastava et al. 2014, inverted).
     *
     * @param x of any shape
     * @return of x's shape; x itself where nothing is dropped
     */
    default Variable dropout(Variable x, DropoutSettings dropout) {
        return dropout.of(x);
    }

    /**
     * softmax(QKᵀ/√D) V for each head of each text, heads joined (Vaswani et al. 2017, eq. 1), where Q, K, V are X's three projections.
     *
     * @param x X, (N, H)
     * @param query its matrix (H, H) and bias (H); key and value alike
     * @param layout of N tokens
     * @return the context, (N, H), before the output projection
     */
    default Variable selfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        Shape.require("x", x.value(), layout.tokenCount(), Shape.ANY);
        Variable allQueries = Definitions.affine(x, query); // (N, H)
        Variable allKeys = Definitions.affine(x, key); // (N, H)
        Variable allValues = Definitions.affine(x, value); // (N, H)
        List<Variable> contexts = new ArrayList<>();
        for (SequenceLayout.Run run : layout.runs()) {
            Variable q = Definitions.splitHeads(allQueries, run, settings.headCount()); // (n, A, L, D)
            Variable k = Definitions.splitHeads(allKeys, run, settings.headCount()); // (n, A, L, D)
            Variable v = Definitions.splitHeads(allValues, run, settings.headCount()); // (n, A, L, D)

            Variable scores = q.matmulTransposed(k).scale(1 / Math.sqrt((double) q.size(-1))); // (n, A, L, L)
            Variable attentionWeights = scores.softmax(); // (n, A, L, L)
            if (settings.observer() != null) {
                settings.observer().attentionWeights(run, attentionWeights.value());
            }
            Variable context =
                    settings.dropout().ofRun(run).of(attentionWeights).matmul(v); // (n, A, L, D)
            contexts.add(context.permute(0, 2, 1, 3).reshape((long) run.count() * run.length(), x.size(1))); // (n L, H)
        }
        return Variable.concat(0, contexts);
    }

    /**
     * One vector a text.
     *
     * @param hiddenStates (N, H)
     * @param layout of N tokens; it says which rows of each text are pooled
     * @return (B, H)
     */
    default Variable pool(Variable hiddenStates, SequenceLayout layout, PoolingMode mode) {
        Shape.require("hiddenStates", hiddenStates.value(), layout.tokenCount(), Shape.ANY);
        return switch (mode) {
            case CLS -> hiddenStates.gather(Definitions.firstRows(layout));
            case LAST_TOKEN -> hiddenStates.gather(Definitions.lastRows(layout));
            case MAX -> hiddenStates.segmentMax(layout);
            case MEAN ->
                hiddenStates.segmentSum(layout).multiply(Definitions.perText(layout, hiddenStates, n -> 1.0 / n));
            case MEAN_SQRT_LENGTH ->
                hiddenStates
                        .segmentSum(layout)
                        .multiply(Definitions.perText(layout, hiddenStates, n -> 1 / Math.sqrt(n)));
            case WEIGHTED_MEAN ->
                hiddenStates
                        .multiply(Definitions.positionShares(layout, hiddenStates))
                        .segmentSum(layout);
        };
    }

    /**
     * Layer normalisation by itself, over the last axis.
     *
     * @param x (B, H)
     * @return (B, H)
     */
    default Variable normalize(Variable x, Norm norm) {
        return x.layerNormalize(norm.gamma(), norm.beta(), norm.epsilon());
    }

    /**
     * x / max(‖x‖₂, 1e-12).
     *
     * @param x (B, H)
     * @return (B, H)
     */
    default Variable l2Normalize(Variable x) {
        return x.l2Normalize(L2_EPSILON);
    }

    /**
     * -Σ q ⊙ log softmax(logits) / Σ w: the weighted mean over the labelled rows. Zero, with a zero gradient, if no row has a label.
     *
     * @param logits (B, C)
     * @param targets of B rows
     * @return a scalar ()
     */
    default Variable crossEntropy(Variable logits, Targets targets) {
        Shape.require("logits", logits.value(), targets.labels().length, Shape.ANY);
        INDArray distribution = Nd4j.createFromArray(targets.distribution((int) logits.size(1)))
                .castTo(logits.value().dataType()); // (B, C)
        double totalWeight = targets.totalWeight();
        return logits.logSoftmax()
                .multiply(Variable.constant(distribution))
                .sum()
                .scale(totalWeight == 0 ? 0 : -1 / totalWeight);
    }

    /** Whether a tensor type must take the definition: an override hands float64 over. */
    static boolean definitionOnly(Variable x) {
        return x.value().dataType() == DataType.DOUBLE;
    }
}
