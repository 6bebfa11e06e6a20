package dev.retort.model.encoder;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.core.PackedTokens;
import dev.retort.core.SequenceLayout;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;

/**
 * From ids to vectors.
 *
 * <pre>
 *   X = dropout(LayerNorm(W[ids] + P[positions]))
 * </pre>
 *
 * Unlike BERT there are no token types.
 */
final class Embeddings {

    private final Variable wordEmbeddings; // W, (V, H)
    private final Variable positionEmbeddings; // P, (positions, H)
    private final Norm norm;
    private final double dropout;
    private final int positionCount;
    private final int vocabularySize;

    Embeddings(ParameterScope scope, DistilBertConfig config) {
        this.wordEmbeddings = scope.table("wordEmbeddings", config.vocabularySize(), config.hiddenSize());
        this.positionEmbeddings = scope.table("positionEmbeddings", config.positionCount(), config.hiddenSize());
        this.norm = scope.child("norm").norm(config.hiddenSize(), DistilBertConfig.NORM_EPSILON);
        this.dropout = config.dropout();
        this.positionCount = config.positionCount();
        this.vocabularySize = config.vocabularySize();
    }

    /**
     * @param tokens N tokens
     * @return X, (N, H)
     */
    Variable forward(PackedTokens tokens, Fusions fusions, Mode mode) {
        requirePositions(tokens.requireIdsBelow(vocabularySize).layout());
        Variable embedded = fusions.embed(tokens, wordEmbeddings, positionEmbeddings, norm);
        return fusions.dropout(embedded, mode.dropout(dropout, DropoutSite.EMBEDDINGS));
    }

    private void requirePositions(SequenceLayout layout) {
        for (int b = 0; b < layout.batchSize(); b++) {
            int last = layout.positionId(layout.offset(b + 1) - 1);
            if (last >= positionCount) {
                throw new IllegalArgumentException(
                        "text " + b + ": has position " + last + ", the model has " + positionCount + " positions");
            }
        }
    }
}
