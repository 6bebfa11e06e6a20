package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.autograd.fusion.QuantizedWeight;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
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
        List<@Nullable Variable> biases = new ArrayList<>();
        weights.forEach(weight -> biases.add(weight.bias()));
        return parts(new PackedWeight(matrices, joinedBias(biases), precision), biases);
    }

    @Override
    public List<Weight> prepareQuantized(List<QuantizedWeight> weights) {
        requireSupported(Precision.INT8);
        List<QuantizedMatrix> matrices =
                weights.stream().map(QuantizedWeight::matrix).toList();
        List<@Nullable Variable> biases = new ArrayList<>();
        weights.forEach(weight -> biases.add(weight.bias()));
        return weights.size() == 1
                ? List.of(PackedWeight.ofQuantized(matrices, biases.get(0)))
                : parts(PackedWeight.ofQuantized(matrices, joinedBias(biases)), biases);
    }

    private static List<Weight> parts(PackedWeight all, List<@Nullable Variable> biases) {
        List<Weight> parts = new ArrayList<>();
        for (int i = 0; i < biases.size(); i++) {
            parts.add(new JoinedWeight(all, i, biases.size(), biases.get(i)));
        }
        return parts;
    }

    @Override
    public Variable prepareTable(Variable table, Precision precision) {
        requireSupported(precision);
        if (precision == Precision.F32 || !isFixed(table, null)) {
            return table;
        }
        long rows = table.size(0);
        long columns = table.size(1);
        INDArray narrow = Nd4j.createUninitializedDetached(DataType.BFLOAT16, rows, columns);
        PackedWeight.reorder(
                Descriptions.matrix(rows, columns),
                Address.of(Address.rowMajor(table.value())),
                Descriptions.matrix(Descriptions.type(DataType.BFLOAT16), rows, columns),
                Address.of(narrow));
        return Variable.constant(table.name(), narrow);
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

    private static @Nullable Variable joinedBias(List<@Nullable Variable> biases) {
        List<INDArray> values = new ArrayList<>();
        long size = 0;
        for (Variable bias : biases) {
            if (bias == null) {
                return null;
            }
            values.add(Address.rowMajor(bias.value()));
            size += bias.size(0);
        }
        INDArray joined = Nd4j.createUninitializedDetached(DataType.FLOAT, size);
        long to = Address.of(joined);
        for (INDArray value : values) {
            long bytes = value.length() * Kernels.FLOAT_BYTES;
            Pointer.memcpy(new Address().at(to), new Address().at(Address.of(value)), bytes);
            to += bytes;
        }
        return Variable.constant(joined);
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
