package dev.retort.model.classification;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;

/** From sentence vectors to one task's logits. Immutable. */
public sealed interface ClassificationHead {

    /**
     * @param embeddings sentence vectors, (B, E)
     * @return logits, (B, C)
     */
    Variable forward(Variable embeddings, Fusions fusions, Mode mode);

    /**
     * Builds a head.
     *
     * @param scope gives {@code output.weight} and {@code output.bias}, and {@code hidden.*} where there is a hidden layer
     * @param inputSize E
     * @param dropoutSite the number of its dropout in the network; each place has its own
     */
    static ClassificationHead of(
            ParameterScope scope, HeadShape shape, int inputSize, int classCount, long dropoutSite) {
        if (shape instanceof HeadShape.FeedForward feedForward) {
            Weight hidden = scope.child("hidden").weight(feedForward.hiddenSize(), inputSize);
            Weight output = scope.child("output").weight(classCount, feedForward.hiddenSize());
            return new FeedForwardHead(hidden, output, feedForward, dropoutSite, scope.isFrozen());
        }
        Weight output = scope.child("output").weight(classCount, inputSize);
        return new LinearHead(output, (HeadShape.Linear) shape, dropoutSite, scope.isFrozen());
    }
}

/**
 * <pre>
 *   Z = dropout(X) Wᵀ + b
 * </pre>
 */
record LinearHead(Weight output, HeadShape.Linear shape, long dropoutSite, boolean frozen)
        implements ClassificationHead {

    @Override
    public Variable forward(Variable embeddings, Fusions fusions, Mode mode) {
        Mode own = frozen ? mode.inFrozenPart() : mode;
        Variable kept = fusions.dropout(embeddings, own.dropout(shape.dropout(), dropoutSite));
        return fusions.linear(kept, output, Activation.IDENTITY);
    }
}

/**
 * <pre>
 *   Z = dropout(act(X W₁ᵀ + b₁)) W₂ᵀ + b₂
 * </pre>
 */
record FeedForwardHead(Weight hidden, Weight output, HeadShape.FeedForward shape, long dropoutSite, boolean frozen)
        implements ClassificationHead {

    @Override
    public Variable forward(Variable embeddings, Fusions fusions, Mode mode) {
        Mode own = frozen ? mode.inFrozenPart() : mode;
        Variable activated = fusions.linear(embeddings, hidden, shape.activation()); // (B, inner)
        Variable kept = fusions.dropout(activated, own.dropout(shape.dropout(), dropoutSite));
        return fusions.linear(kept, output, Activation.IDENTITY);
    }
}
