package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;

/** x / max(‖x‖₂, 1e-12): unit vectors. */
public record Normalize() implements SentenceModule {

    @Override
    public Variable forward(Variable embeddings, Fusions fusions) {
        return fusions.l2Normalize(embeddings);
    }

    @Override
    public int outputSize(int inputSize) {
        return inputSize;
    }

    @Override
    public String toString() {
        return "Normalize";
    }
}
