package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.autograd.fusion.Targets;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.SequenceLayout;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The functions of one worker for all rows of a short {@link SharedText}: of each product it computes some columns, reads only their
 * weights, and has the others' columns from the other workers; attention is divided by heads. A short text takes as long as it takes to
 * read the weights, which all workers would read if they divided rows.
 *
 * <p>What costs little, and what cannot be divided, every worker computes for itself.
 */
final class ColumnFusions implements Fusions, SharedRows.Share {

    private final OneDnnFusions own;
    private final SharedColumns columns;
    private final int worker;

    ColumnFusions(OneDnnFusions own, SharedText text, int worker) {
        this.own = own;
        this.columns = new SharedColumns(own.worker(), text, worker);
        this.worker = worker;
    }

    @Override
    public Fusions fusions() {
        return this;
    }

    @Override
    public @Nullable Variable join(Variable rows) {
        return worker == 0 ? rows : null;
    }

    @Override
    public Variable linear(Variable x, Weight weight, Activation activation) {
        PackedWeight packed = own.divisible(x, weight);
        if (packed == null || !columns.divide(packed)) {
            return own.linear(x, weight, activation);
        }
        boolean narrow = packed.precision() != Precision.F32 && activation != Activation.IDENTITY;
        return Variable.constant(
                columns.linear(x.value(), packed, activation, narrow ? DataType.BFLOAT16 : DataType.FLOAT));
    }

    @Override
    public Variable linearAddNorm(Variable x, Weight weight, DropoutSettings dropout, Variable residual, Norm norm) {
        PackedWeight packed = own.divisible(x, weight);
        if (packed == null || !columns.divide(packed) || dropout.probability() > 0) {
            return own.linearAddNorm(x, weight, dropout, residual, norm);
        }
        return Variable.constant(columns.linearAddNorm(x.value(), packed, residual.value(), norm));
    }

    @Override
    public Variable selfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        PackedWeight packed = own.divisible(x, query, key, value);
        if (packed == null
                || !columns.divide(packed, settings.headCount())
                || settings.dropout().probability() > 0
                || settings.observer() != null) {
            return own.selfAttention(x, query, key, value, layout, settings);
        }
        return Variable.constant(columns.selfAttention(x.value(), packed, settings.headCount()));
    }

    // ---- by every worker for itself ----

    @Override
    public Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        return own.embed(tokens, wordEmbeddings, positionEmbeddings, norm);
    }

    @Override
    public Variable dropout(Variable x, DropoutSettings dropout) {
        return own.dropout(x, dropout);
    }

    @Override
    public Variable normalize(Variable x, Norm norm) {
        return own.normalize(x, norm);
    }

    @Override
    public Variable l2Normalize(Variable x) {
        return own.l2Normalize(x);
    }

    @Override
    public Variable pool(Variable hiddenStates, SequenceLayout layout, PoolingMode mode) {
        return own.pool(hiddenStates, layout, mode);
    }

    @Override
    public Variable crossEntropy(Variable logits, Targets targets) {
        return own.crossEntropy(logits, targets);
    }
}
