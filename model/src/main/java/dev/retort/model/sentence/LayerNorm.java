package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.model.ParameterScope;

/** Layer normalisation of sentence vectors: sentence-transformers' {@code LayerNorm}, with PyTorch's default ε of 1e-5. */
public final class LayerNorm implements SentenceModule {

    private static final double EPSILON = 1e-5;

    private final Norm norm;
    private final int size;

    /**
     * @param scope gives {@code gamma} and {@code beta}
     * @param size width of the vectors
     */
    public LayerNorm(ParameterScope scope, int size) {
        this.norm = scope.norm(size, EPSILON);
        this.size = size;
    }

    @Override
    public Variable forward(Variable embeddings, Fusions fusions) {
        return fusions.normalize(embeddings, norm);
    }

    @Override
    public int outputSize(int inputSize) {
        if (inputSize != size) {
            throw new IllegalArgumentException(
                    "layer norm: takes vectors of " + size + ", the module before it gives " + inputSize);
        }
        return size;
    }

    @Override
    public String toString() {
        return "LayerNorm(" + size + ")";
    }
}
