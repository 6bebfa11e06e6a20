package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.model.Mode;
import dev.retort.model.encoder.DistilBertEncoder;
import java.util.List;

/**
 * Token ids to sentence vectors: encoder, pooling, then the modules in order. Immutable.
 */
public final class SentenceEncoder {

    private final DistilBertEncoder encoder;
    private final Pooling pooling;
    private final List<SentenceModule> modules;
    private final int embeddingSize;

    /** @throws IllegalArgumentException if a module takes another width than the one before it gives */
    public SentenceEncoder(DistilBertEncoder encoder, Pooling pooling, List<SentenceModule> modules) {
        this.encoder = encoder;
        this.pooling = pooling;
        this.modules = List.copyOf(modules);
        int size = encoder.config().hiddenSize() * pooling.modes().size();
        for (SentenceModule module : this.modules) {
            size = module.outputSize(size);
        }
        this.embeddingSize = size;
    }

    /**
     * @param tokens N tokens of B texts
     * @return sentence vectors, (B, E)
     */
    public Variable forward(PackedTokens tokens, Fusions fusions, Mode mode) {
        return pool(encoder.forward(tokens, fusions, mode), tokens.layout(), fusions);
    }

    /**
     * What follows the encoder.
     *
     * @param hiddenStates the encoder's output, (N, H)
     * @param layout of N tokens
     * @return sentence vectors, (B, E)
     */
    public Variable pool(Variable hiddenStates, SequenceLayout layout, Fusions fusions) {
        Variable embeddings = pooling.forward(hiddenStates, layout, fusions);
        for (SentenceModule module : modules) {
            embeddings = module.forward(embeddings, fusions);
        }
        return embeddings;
    }

    /** The network below pooling. */
    public DistilBertEncoder encoder() {
        return encoder;
    }

    /** How token vectors become one. */
    public Pooling pooling() {
        return pooling;
    }

    /** What follows pooling. */
    public List<SentenceModule> modules() {
        return modules;
    }

    /** E, the width of a sentence vector. */
    public int embeddingSize() {
        return embeddingSize;
    }

    /** Whether the last module makes unit vectors. */
    public boolean normalizes() {
        return !modules.isEmpty() && modules.get(modules.size() - 1) instanceof Normalize;
    }
}
