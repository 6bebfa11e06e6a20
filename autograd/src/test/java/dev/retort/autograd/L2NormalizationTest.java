package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class L2NormalizationTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{3, 4}, {0, 0}, {0, -2}})
                .castTo(type));

        // ‖(3, 4)‖ = 5; the zero vector stays
        assertThat(x.l2Normalize(1e-12).value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(new double[][] {{0.6, 0.8}, {0, 0}, {0, -1}}),
                        type == DataType.FLOAT ? 1e-6 : 1e-12);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("l2Normalize", v -> v.get(0).l2Normalize(1e-12)).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).l2Normalize(1e-12), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).l2Normalize(1e-12), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).l2Normalize(1e-12), RandomTensors.normal(4, 5));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void gradient_belowEpsilon_isTheCotangentOverEpsilon(DataType type) {
        Variable x = Variable.parameter(
                "x", Nd4j.createFromArray(new double[][] {{0, 1e-14}}).castTo(type));

        INDArray gradient = x.l2Normalize(1e-12)
                .backward(Nd4j.createFromArray(new double[][] {{2, -1}}).castTo(type))
                .of(x);

        assertThat(gradient).isCloseToLargest(Nd4j.createFromArray(new double[][] {{2e12, -1e12}}), 1e-6);
    }

    @Test
    void rejects_epsilonThatIsNotPositive() {
        Variable x = Variable.constant(Nd4j.ones(1, 2));

        assertThatThrownBy(() -> x.l2Normalize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("l2Normalize: epsilon: expected a positive number, got 0.0");
    }
}
