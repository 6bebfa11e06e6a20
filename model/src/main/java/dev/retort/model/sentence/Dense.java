package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.model.ParameterScope;

/** y = act(W x + b): sentence-transformers' {@code Dense}. */
public final class Dense implements SentenceModule {

    private final Weight weight; // (out, in), (out) or none
    private final Activation activation;
    private final int inputSize;
    private final int outputSize;

    /**
     * @param scope gives {@code weight} and, if wanted, {@code bias}
     * @param inputSize width of the incoming vectors
     * @param outputSize width of the outgoing vectors
     */
    public Dense(ParameterScope scope, int inputSize, int outputSize, boolean bias, Activation activation) {
        this.weight = bias ? scope.weight(outputSize, inputSize) : scope.weightWithoutBias(outputSize, inputSize);
        this.activation = activation;
        this.inputSize = inputSize;
        this.outputSize = outputSize;
    }

    @Override
    public Variable forward(Variable embeddings, Fusions fusions) {
        return fusions.linear(embeddings, weight, activation);
    }

    @Override
    public int outputSize(int actualInputSize) {
        if (actualInputSize != inputSize) {
            throw new IllegalArgumentException(
                    "dense: takes vectors of " + inputSize + ", the module before it gives " + actualInputSize);
        }
        return outputSize;
    }

    @Override
    public String toString() {
        return "Dense(" + inputSize + " -> " + outputSize + ", " + activation + ")";
    }
}
