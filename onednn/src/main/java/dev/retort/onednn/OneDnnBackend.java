package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes with oneDNN's kernels: float32, forward and backward, on x86-64 processors with AVX2 or better; weights that receive no gradient
 * also in bfloat16 and int8, where the processor has instructions for them.
 *
 * <p>Weights that receive no gradient are copied once into the kernels' layout; trainable ones are read as they are, so that an update is
 * seen at once. Kernels use as many native threads as the thread that runs them allows, see {@code NativeThreads}.
 */
public final class OneDnnBackend implements Backend {

    /** For {@code ServiceLoader}. */
    public OneDnnBackend() {}

    @Override
    public String name() {
        String reason = unsupportedReason();
        return reason == null ? "oneDNN " + Library.version() + " (" + Library.instructionSet() + ")" : "oneDNN";
    }

    @Override
    public @Nullable String unsupportedReason() {
        return Library.unsupportedReason();
    }

    @Override
    public @Nullable String unsupportedReason(Precision precision) {
        return Library.unsupportedReason(precision);
    }

    @Override
    public @Nullable String instructionSet() {
        return unsupportedReason() == null ? Library.instructionSet() : null;
    }

    @Override
    public List<Kernel> kernels(Precision precision) {
        return unsupportedReason(precision) == null ? KernelSurvey.of(this, precision) : List.of();
    }

    @Override
    public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
        requireSupported(precision);
        return isFixed(matrix, bias)
                ? new PackedWeight(List.of(matrix.value()), bias, precision)
                : new Weight.Plain(matrix, bias);
    }

    @Override
    public List<Weight> prepareJointly(List<Weight.Plain> weights, Precision precision) {
        requireSupported(precision);
        if (!canBeJoined(weights)) {
            return Backend.super.prepareJointly(weights, precision);
        }
        List<INDArray> matrices =
                weights.stream().map(weight -> weight.matrix().value()).toList();
        PackedWeight all = new PackedWeight(matrices, joinedBias(weights), precision);
        List<Weight> parts = new ArrayList<>();
        for (int i = 0; i < weights.size(); i++) {
            parts.add(new JoinedWeight(all, i, weights.size(), weights.get(i).bias()));
        }
        return parts;
    }

    private static boolean canBeJoined(List<Weight.Plain> weights) {
        Weight.Plain first = weights.get(0);
        return weights.stream()
                .allMatch(weight -> isFixed(weight.matrix(), weight.bias())
                        && (weight.bias() == null
                                || !weight.bias().requiresGradient()) // its copy would not see an update
                        && weight.matrix().value().equalShapes(first.matrix().value())
                        && (weight.bias() == null) == (first.bias() == null));
    }

    private static @Nullable Variable joinedBias(List<Weight.Plain> weights) {
        List<INDArray> biases = new ArrayList<>();
        for (Weight.Plain weight : weights) {
            Variable bias = weight.bias();
            if (bias == null) {
                return null;
            }
            biases.add(bias.value());
        }
        return Variable.constant(Nd4j.concat(0, biases.toArray(new INDArray[0])));
    }

    /** Whether a weight may be packed: float32, and nothing will change it. */
    private static boolean isFixed(Variable matrix, @Nullable Variable bias) {
        return !matrix.requiresGradient()
                && matrix.value().dataType() == DataType.FLOAT
                && (bias == null || bias.value().dataType() == DataType.FLOAT);
    }

    private void requireSupported(Precision precision) {
        String reason = unsupportedReason(precision);
        if (reason != null) {
            throw new IllegalArgumentException("precision: " + precision + " cannot be computed here: " + reason);
        }
    }

    @Override
    public Fusions open(Workspace workspace) {
        String reason = unsupportedReason();
        if (reason != null) {
            throw new IllegalStateException("oneDNN: cannot compute here: " + reason);
        }
        return new OneDnnFusions(workspace);
    }

    @Override
    public SharedRows openSharedRows() {
        return new SharedText();
    }
}
