package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;

/** A function of sentence vectors that follows pooling. */
public sealed interface SentenceModule permits Dense, LayerNorm, Normalize {

    /**
     * @param embeddings (B, input size)
     * @return (B, {@link #outputSize})
     */
    Variable forward(Variable embeddings, Fusions fusions);

    /**
     * The width that leaves when {@code inputSize} enters.
     *
     * @throws IllegalArgumentException if this module takes another width, with both
     */
    int outputSize(int inputSize);
}
