package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.core.Layouts;
import dev.retort.core.RandomTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds a function to the promise that memory layout does not matter: each input, and the cotangent, in turn in every layout, in float32
 * and float64, gives the value and the gradients of row-major inputs, and leaves its inputs as they were.
 */
public final class LayoutCheck {

    private LayoutCheck() {}

    /** Checks a function on inputs of any type; they are converted to both. */
    public static void sameOnEveryLayout(Function<List<Variable>, Variable> function, INDArray... inputs) {
        check(function, DataType.DOUBLE, 1e-13, inputs);
        check(function, DataType.FLOAT, 1e-6, inputs);
    }

    private static void check(
            Function<List<Variable>, Variable> function, DataType type, double share, INDArray... inputs) {
        List<INDArray> rowMajor = new ArrayList<>();
        for (INDArray input : inputs) {
            rowMajor.add(input.castTo(type).dup('c'));
        }
        Run expected = new Run(function, rowMajor, null);
        INDArray cotangent = RandomTensors.normal(type, 3, expected.output.shape());
        expected = new Run(function, rowMajor, cotangent);
        for (int i = 0; i < inputs.length; i++) {
            for (Map.Entry<String, INDArray> layout :
                    Layouts.of(rowMajor.get(i)).entrySet()) {
                List<INDArray> others = new ArrayList<>(rowMajor);
                others.set(i, layout.getValue());
                Run run = new Run(function, others, cotangent);
                run.agreesWith(expected, share, type + ": input " + i + ": " + layout.getKey());
                assertThat(layout.getValue())
                        .as("input " + i + " after the run")
                        .isIdenticalTo(rowMajor.get(i));
            }
        }
        for (Map.Entry<String, INDArray> layout : Layouts.of(cotangent).entrySet()) {
            new Run(function, rowMajor, layout.getValue())
                    .agreesWith(expected, share, type + ": cotangent: " + layout.getKey());
            assertThat(layout.getValue()).as("cotangent after the run").isIdenticalTo(cotangent);
        }
    }

    private static final class Run {

        private final INDArray output;
        private final List<INDArray> gradients = new ArrayList<>();

        Run(Function<List<Variable>, Variable> function, List<INDArray> inputs, INDArray cotangent) {
            List<Variable> variables = inputs.stream()
                    .map(input -> Variable.parameter("input", input))
                    .toList();
            Variable result = function.apply(variables);
            output = result.value();
            if (cotangent != null) {
                Gradients all = result.backward(cotangent);
                variables.forEach(variable -> gradients.add(all.of(variable)));
            }
        }

        void agreesWith(Run expected, double share, String where) {
            assertThat(output).as(where + ": output").hasType(expected.output.dataType());
            assertThat(output).as(where + ": output").isCloseToLargest(expected.output, share);
            assertThat(gradients).hasSameSizeAs(expected.gradients);
            for (int i = 0; i < gradients.size(); i++) {
                assertThat(gradients.get(i))
                        .as(where + ": gradient of input " + i)
                        .isCloseToLargest(expected.gradients.get(i), share);
            }
        }
    }
}
