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
import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The functions of one worker for its rows of a {@link SharedText}: its own ones, but for attention. */
final class ShareFusions implements Fusions, SharedRows.Share {

    private final OneDnnFusions own;
    private final SharedText text;
    private final int worker;
    private int layer;

    ShareFusions(OneDnnFusions own, SharedText text, int worker) {
        this.own = own;
        this.text = text;
        this.worker = worker;
    }

    @Override
    public Fusions fusions() {
        return this;
    }

    @Override
    public Variable selfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        SharedSelfAttention.Place place = new SharedSelfAttention.Place(text, worker, layer++);
        return own.sharedSelfAttention(x, query, key, value, layout, settings, place);
    }

    @Override
    public @Nullable Variable join(Variable anyRows) {
        Variable rows = OneDnnFusions.float32(anyRows);
        int count = text.firstRow(worker + 1) - text.firstRow(worker);
        Shape.require("rows", rows.value(), count, Shape.ANY);
        long hidden = rows.size(1);
        long rowBytes = hidden * Kernels.FLOAT_BYTES;
        Kernels kernels = own.kernels();
        long all = text.result(hidden);
        kernels.copy(
                Address.of(Address.rowMajor(rows.value())), all + text.firstRow(worker) * rowBytes, count * rowBytes);
        text.arrive(worker);
        if (worker > 0) {
            return null;
        }
        INDArray joined = kernels.tensor(text.tokenCount(), hidden);
        kernels.copy(all, Address.of(joined), text.tokenCount() * rowBytes);
        return Variable.constant(joined);
    }

    // ---- functions of each row by itself ----

    @Override
    public Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        return own.embed(tokens, wordEmbeddings, positionEmbeddings, norm);
    }

    @Override
    public Variable linear(Variable x, Weight weight, Activation activation) {
        return own.linear(x, weight, activation);
    }

    @Override
    public Variable linearAddNorm(Variable x, Weight weight, DropoutSettings dropout, Variable residual, Norm norm) {
        return own.linearAddNorm(x, weight, dropout, residual, norm);
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

    // ---- functions of a text: of what a worker has joined, or by a worker for itself ----

    @Override
    public Variable pool(Variable hiddenStates, SequenceLayout layout, PoolingMode mode) {
        return own.pool(hiddenStates, layout, mode);
    }

    @Override
    public Variable crossEntropy(Variable logits, Targets targets) {
        return own.crossEntropy(logits, targets);
    }
}
