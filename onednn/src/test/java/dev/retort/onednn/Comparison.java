package dev.retort.onednn;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds a fused function to its definition: the definition in float64 against the kernels in float32, value and gradient, with trainable
 * weights as they are and with fixed ones packed.
 */
final class Comparison {

    private static final double WITHIN = 1e-5; // of the largest magnitude
    private static final double LEAST_MAGNITUDE =
            3; // a key's bias has no effect: its gradient is zero, a sum that cancels

    private final OneDnnBackend backend = new OneDnnBackend();
    private final Workspace workspace;
    private final OneDnnFusions fusions;

    Comparison(Workspace workspace) {
        this.workspace = workspace;
        this.fusions = (OneDnnFusions) backend.open(workspace);
    }

    OneDnnFusions fusions() {
        return fusions;
    }

    /** A fused function's inputs, and how its weights are to be brought along. */
    record Inputs(List<Variable> variables, Function<List<Weight.Plain>, List<Weight>> preparation) {

        Variable get(int i) {
            return variables.get(i);
        }

        /** A weight whose bias may be absent. */
        Weight weight(int matrix, int bias) {
            return weights(new int[] {matrix, bias}).get(0);
        }

        /** Weights that are prepared together. */
        List<Weight> weights(int[]... matrixAndBias) {
            return preparation.apply(Arrays.stream(matrixAndBias)
                    .map(places -> new Weight.Plain(get(places[0]), places[1] < 0 ? null : get(places[1])))
                    .toList());
        }
    }

    /** The function under test. */
    @FunctionalInterface
    interface Call {
        Variable on(Fusions anyFusions, Inputs inputs);
    }

    /** @param inputs float32; each receives a gradient in the first of the two comparisons */
    void agrees(String operation, Call call, INDArray... inputs) {
        List<Variable> exact = variables(inputs, DataType.DOUBLE, true);
        Variable expected = call.on(Fusions.definitions(), new Inputs(exact, Comparison::plain));
        INDArray cotangent = RandomTensors.normal(DataType.DOUBLE, 99, expected.shape());
        Gradients expectedGradients = expected.backward(cotangent);

        try (StepScope step = StepScope.open(workspace)) {
            List<Variable> trained = variables(inputs, DataType.FLOAT, true);
            Variable actual = call.on(fusions, new Inputs(trained, Comparison::plain));
            assertThat(actual.name()).isEqualTo(operation);
            assertThat(actual.value()).isCloseToLargest(expected.value(), WITHIN);
            Gradients gradients = actual.backward(cotangent.castTo(DataType.FLOAT));
            for (int i = 0; i < inputs.length; i++) {
                agree(i, gradients.of(trained.get(i)), expectedGradients.of(exact.get(i)));
            }
        }
        try (StepScope step = StepScope.open(workspace)) {
            List<Variable> fixed = variables(inputs, DataType.FLOAT, false);
            fixed.set(0, Variable.parameter("x", fixed.get(0).value()));
            Variable actual = call.on(fusions, new Inputs(fixed, this::packed));
            assertThat(actual.value()).as("packed").isCloseToLargest(expected.value(), WITHIN);
            INDArray gradient =
                    actual.backward(cotangent.castTo(DataType.FLOAT)).of(fixed.get(0));
            assertThat(gradient)
                    .as("gradient through packed weights")
                    .isCloseToLargest(expectedGradients.of(exact.get(0)), WITHIN);
        }
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            Variable actual = call.on(fusions, new Inputs(variables(inputs, DataType.FLOAT, false), this::packed));
            assertThat(actual.value()).as("inference").isCloseToLargest(expected.value(), WITHIN);
        }
        assertThat(fusions.kernels().runs().keySet()).noneMatch(kernel -> kernel.contains("ref"));
    }

    private static void agree(int input, INDArray actual, INDArray expected) {
        double largest = expected.amaxNumber().doubleValue();
        assertThat(actual)
                .as("gradient of input %d", input)
                .isCloseTo(expected, WITHIN * Math.max(largest, LEAST_MAGNITUDE));
    }

    private static List<Weight> plain(List<Weight.Plain> weights) {
        return List.copyOf(weights);
    }

    private List<Weight> packed(List<Weight.Plain> weights) {
        return weights.size() == 1
                ? List.of(
                        backend.prepare(weights.get(0).matrix(), weights.get(0).bias(), Precision.F32))
                : backend.prepareJointly(weights, Precision.F32);
    }

    private static List<Variable> variables(INDArray[] inputs, DataType type, boolean trained) {
        List<Variable> variables = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            INDArray value = inputs[i].castTo(type);
            variables.add(trained ? Variable.parameter("input " + i, value) : Variable.constant(value));
        }
        return variables;
    }
}
