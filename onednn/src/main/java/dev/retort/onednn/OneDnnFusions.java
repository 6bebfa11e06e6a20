package dev.retort.onednn;

import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Targets;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.lang.ref.Reference;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The functions for one worker. Other types than float32 take the definition, and so does what is to be differentiated while no step
 * scope is open: there the tensors that backward needs would have no owner.
 *
 * <p>With weights in bfloat16 or int8 the context of attention and what an activation gives are bfloat16 tensors; every function takes
 * them. Where something is recorded such weights are restored to float32.
 */
final class OneDnnFusions implements Fusions {

    private final Workspace workspace;
    private final Worker worker;

    OneDnnFusions(Workspace workspace) {
        this.workspace = workspace;
        this.worker = Worker.of(workspace);
    }

    Worker worker() {
        return worker;
    }

    /** What it runs, for tests. */
    Kernels kernels() {
        return worker.kernels();
    }

    @Override
    public Variable embed(PackedTokens tokens, Variable wordEmbeddings, Variable positionEmbeddings, Norm norm) {
        List<Variable> inputs = List.of(wordEmbeddings, positionEmbeddings, norm.gamma(), norm.beta());
        boolean narrow = wordEmbeddings.value().dataType() == DataType.BFLOAT16
                && positionEmbeddings.value().dataType() == DataType.BFLOAT16;
        if (!computes(narrow ? List.of(norm.gamma(), norm.beta()) : inputs)) {
            return Fusions.super.embed(tokens, float32(wordEmbeddings), float32(positionEmbeddings), norm);
        }
        Shape.require("wordEmbeddings", wordEmbeddings.value(), Shape.ANY, Shape.ANY);
        long hidden = wordEmbeddings.size(1);
        Shape.require("positionEmbeddings", positionEmbeddings.value(), Shape.ANY, hidden);
        requireNorm(norm, hidden);
        return result(inputs, () -> new FusedEmbedding(worker, tokens, wordEmbeddings, positionEmbeddings, norm));
    }

    @Override
    public Variable linear(Variable anyX, Weight weight, Activation activation) {
        List<Variable> anyInputs = Inputs.of(anyX, weight);
        PackedWeight narrow = narrow(weight, anyInputs);
        if (narrow != null) {
            requireAffine(anyX, narrow);
            return result(anyInputs, () -> new NarrowLinear(worker, anyInputs, anyX, narrow, activation), narrow);
        }
        Variable x = float32(anyX);
        Weight own = single(weight);
        List<Variable> inputs = x == anyX && own == weight ? anyInputs : Inputs.of(x, own);
        if (!computes(inputs)) {
            return Fusions.super.linear(x, weight, activation);
        }
        requireAffine(x, own);
        return result(inputs, () -> new FusedLinear(worker, inputs, x, own, activation), own);
    }

    @Override
    public Variable linearAddNorm(
            Variable anyX, Weight weight, DropoutSettings dropout, Variable anyResidual, Norm norm) {
        Variable residual = float32(anyResidual);
        List<Variable> anyInputs = Inputs.of(anyX, weight, residual, norm);
        PackedWeight narrow = narrow(weight, anyInputs);
        if (narrow != null && dropout.probability() == 0) {
            requireAffine(anyX, narrow);
            requireResidual(anyX, narrow, residual, norm);
            return result(
                    anyInputs, () -> new NarrowLinearAddNorm(worker, anyInputs, anyX, narrow, residual, norm), narrow);
        }
        Variable x = float32(anyX);
        Weight own = single(weight);
        List<Variable> inputs = x == anyX && own == weight ? anyInputs : Inputs.of(x, own, residual, norm);
        if (!computes(inputs)) {
            return Fusions.super.linearAddNorm(x, weight, dropout, residual, norm);
        }
        requireAffine(x, own);
        requireResidual(x, own, residual, norm);
        return result(inputs, () -> new FusedLinearAddNorm(worker, inputs, x, own, dropout, residual, norm), own);
    }

    @Override
    public Variable dropout(Variable anyX, DropoutSettings dropout) {
        if (dropout.probability() == 0) {
            return anyX;
        }
        Variable x = float32(anyX);
        List<Variable> inputs = List.of(x);
        if (!computes(inputs) || x.shape().length != 2) {
            return Fusions.super.dropout(x, dropout);
        }
        return result(inputs, () -> new FusedDropout(worker, x, dropout));
    }

    @Override
    public Variable selfAttention(
            Variable anyX, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        List<Weight> weights = List.of(query, key, value);
        List<Variable> anyInputs = Inputs.of(anyX, query, key, value);
        if (settings.dropout().probability() == 0 && isNarrow(weights, anyInputs)) {
            requireAttention(anyX, weights, layout, settings);
            return result(
                    anyInputs,
                    () -> new NarrowSelfAttention(worker, anyInputs, anyX, weights, layout, settings),
                    weights);
        }
        return float32SelfAttention(float32(anyX), query, key, value, layout, settings);
    }

    private Variable float32SelfAttention(
            Variable x, Weight query, Weight key, Weight value, SequenceLayout layout, AttentionSettings settings) {
        List<Weight> own = ofAttention(query, key, value);
        List<Variable> inputs = Inputs.of(x, own.get(0), own.get(1), own.get(2));
        if (!computes(inputs)) {
            return Fusions.super.selfAttention(x, query, key, value, layout, settings);
        }
        requireAttention(x, own, layout, settings);
        return result(inputs, () -> new FusedSelfAttention(worker, inputs, x, own, layout, settings), own);
    }

    private static List<Weight> ofAttention(Weight query, Weight key, Weight value) {
        List<Weight> weights = List.of(query, key, value);
        PackedWeight whole = JoinedWeight.whole(weights);
        return whole == null || isNarrow(whole) ? List.of(single(query), single(key), single(value)) : weights;
    }

    /** {@link #selfAttention} of some rows of a text whose others are with other workers. */
    Variable sharedSelfAttention(
            Variable anyX,
            Weight query,
            Weight key,
            Weight value,
            SequenceLayout layout,
            AttentionSettings settings,
            SharedSelfAttention.Place place) {
        List<Weight> weights = List.of(query, key, value);
        boolean narrow = isNarrow(weights, Inputs.of(anyX, query, key, value));
        Variable x = narrow ? anyX : float32(anyX);
        List<Weight> own = narrow ? weights : ofAttention(query, key, value);
        List<Variable> inputs = Inputs.of(x, own.get(0), own.get(1), own.get(2));
        if (!narrow && !computes(inputs) || StepScope.current() == null || Variable.recorded(inputs)) {
            throw new IllegalArgumentException("selfAttention: a text is shared in a step scope, without gradients");
        }
        requireAttention(x, own, layout, settings);
        DataType type = narrow ? DataType.BFLOAT16 : DataType.FLOAT;
        return result(inputs, () -> new SharedSelfAttention(worker, inputs, x, own, settings, place, type), own);
    }

    @Override
    public Variable pool(Variable anyHiddenStates, SequenceLayout layout, PoolingMode mode) {
        Variable hiddenStates = float32(anyHiddenStates);
        List<Variable> inputs = List.of(hiddenStates);
        if (!computes(inputs)) {
            return Fusions.super.pool(hiddenStates, layout, mode);
        }
        Shape.require("hiddenStates", hiddenStates.value(), layout.tokenCount(), Shape.ANY);
        return result(inputs, () -> new FusedPooling(worker, hiddenStates, layout, mode));
    }

    @Override
    public Variable normalize(Variable anyX, Norm norm) {
        Variable x = float32(anyX);
        List<Variable> inputs = List.of(x, norm.gamma(), norm.beta());
        if (!computes(inputs) || x.shape().length != 2) {
            return Fusions.super.normalize(x, norm);
        }
        requireNorm(norm, x.size(1));
        return result(inputs, () -> new FusedNorm(worker, x, norm));
    }

    @Override
    public Variable l2Normalize(Variable anyX) {
        Variable x = float32(anyX);
        List<Variable> inputs = List.of(x);
        if (!computes(inputs) || x.shape().length != 2) {
            return Fusions.super.l2Normalize(x);
        }
        return result(inputs, () -> new FusedL2Normalization(worker, x, L2_EPSILON));
    }

    @Override
    public Variable crossEntropy(Variable logits, Targets targets) {
        List<Variable> inputs = List.of(logits);
        if (!computes(inputs)) {
            return Fusions.super.crossEntropy(logits, targets);
        }
        Shape.require("logits", logits.value(), targets.labels().length, Shape.ANY);
        return result(inputs, () -> new FusedCrossEntropy(worker, logits, targets));
    }

    /** One of several joined weights, to be used without the others, and a narrow one, to be used in float32: restored. */
    private static Weight single(Weight weight) {
        boolean restored =
                weight instanceof JoinedWeight || (weight instanceof PackedWeight packed && isNarrow(packed));
        return restored ? new Weight.Plain(weight.matrix(), weight.bias()) : weight;
    }

    /**
     * The weight, or what several weights were packed as, if some of its outputs may be computed in a step scope without gradients; else
     * null.
     */
    @Nullable
    PackedWeight divisible(Variable x, Weight... weights) {
        PackedWeight packed = weights.length == 1 && weights[0] instanceof PackedWeight single
                ? single
                : JoinedWeight.whole(List.of(weights));
        if (packed == null
                || StepScope.current() == null
                || Variable.recorded(Inputs.of(x, packed))
                || (!isNarrow(packed) && x.value().dataType() != DataType.FLOAT)) {
            return null;
        }
        workspace.requireOwner();
        requireAffine(x, packed);
        return packed;
    }

    private static boolean isNarrow(PackedWeight weight) {
        return weight.precision() != Precision.F32;
    }

    /** The weight, if it is a narrow one and nothing of this call is recorded; else null. */
    private @Nullable PackedWeight narrow(Weight weight, List<Variable> inputs) {
        if (weight instanceof PackedWeight packed && isNarrow(packed) && !Variable.recorded(inputs)) {
            workspace.requireOwner();
            return packed;
        }
        return null;
    }

    /** Whether all weights are narrow, and joined as a whole or not at all, and nothing of this call is recorded. */
    private boolean isNarrow(List<Weight> weights, List<Variable> inputs) {
        PackedWeight whole = JoinedWeight.whole(weights);
        if (whole != null) {
            return narrow(whole, inputs) != null;
        }
        return weights.stream().allMatch(weight -> narrow(weight, inputs) != null);
    }

    /** A bfloat16 tensor that narrow weights have given, in float32. */
    static Variable float32(Variable x) {
        return x.value().dataType() == DataType.BFLOAT16
                ? Variable.constant(x.value().castTo(DataType.FLOAT))
                : x;
    }

    private static void requireResidual(Variable x, Weight weight, Variable residual, Norm norm) {
        Shape.require("residual", residual.value(), x.size(0), weight.outputSize());
        requireNorm(norm, weight.outputSize());
    }

    private static void requireAttention(
            Variable x, List<Weight> weights, SequenceLayout layout, AttentionSettings settings) {
        Shape.require("x", x.value(), layout.tokenCount(), Shape.ANY);
        for (Weight weight : weights) {
            requireAffine(x, weight);
            if (weight.outputSize() != weights.get(0).outputSize() || weight.outputSize() % settings.headCount() != 0) {
                throw new IllegalArgumentException("headCount must divide the hidden size: headCount="
                        + settings.headCount() + " hiddenSize=" + weight.outputSize());
            }
        }
    }

    private boolean computes(List<Variable> inputs) {
        for (Variable input : inputs) {
            if (input.value().dataType() != DataType.FLOAT) {
                return false;
            }
        }
        workspace.requireOwner();
        return StepScope.current() != null || !Variable.recorded(inputs);
    }

    /** @param weights whose memory the kernels read; like the inputs' it must not be freed meanwhile if nobody else holds them */
    private Variable result(List<Variable> inputs, Supplier<Operation> operation, Object weights) {
        try {
            return result(operation);
        } finally {
            Reference.reachabilityFence(inputs);
            Reference.reachabilityFence(weights);
        }
    }

    private Variable result(List<Variable> inputs, Supplier<Operation> operation) {
        return result(inputs, operation, inputs);
    }

    private Variable result(Supplier<Operation> operation) {
        if (StepScope.current() != null) {
            return Variable.resultOf(operation.get());
        }
        INDArray kept;
        try (StepScope own = StepScope.open(workspace)) {
            kept = own.keep(operation.get().forward());
        }
        return Variable.constant(kept);
    }

    private static void requireAffine(Variable x, Weight weight) {
        long in = weight instanceof PackedWeight packed
                ? packed.inputSize()
                : weight instanceof JoinedWeight joined
                        ? joined.all().inputSize()
                        : weight.matrix().size(1);
        Shape.require("x", x.value(), Shape.ANY, in);
        Variable bias = weight.bias();
        if (bias != null) {
            Shape.require("bias", bias.value(), weight.outputSize());
        }
    }

    private static void requireNorm(Norm norm, long size) {
        Shape.require("gamma", norm.gamma().value(), size);
        Shape.require("beta", norm.beta().value(), size);
    }
}
