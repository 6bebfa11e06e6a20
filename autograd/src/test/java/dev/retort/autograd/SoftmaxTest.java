package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SoftmaxTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{0, Math.log(2), Math.log(5)}, {7, 7, 7}})
                .castTo(type));

        // exp(ln 1), exp(ln 2), exp(ln 5) over their sum 8; the second row is even
        assertThat(x.softmax().value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(new double[][] {{0.125, 0.25, 0.625}, {1 / 3.0, 1 / 3.0, 1 / 3.0}}),
                        type == DataType.FLOAT ? 1e-6 : 1e-12);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("softmax", v -> v.get(0).softmax()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).softmax(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).softmax(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).softmax(), RandomTensors.normal(4, 5));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_hugeScores_staysFinite(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1e4, 1e4 - 1}})
                .castTo(type));
        Variable shifted =
                Variable.constant(Nd4j.createFromArray(new double[][] {{1, 0}}).castTo(type));

        assertThat(x.softmax().value()).isCloseTo(shifted.softmax().value(), 1e-6);
    }

    @Test
    void gradient_ofTheSum_vanishes() {
        Variable x = Variable.parameter("x", RandomTensors.normal(1, 3, 5));

        assertThat(x.softmax().sum().backward().of(x)).isCloseTo(Nd4j.zeros(DataType.DOUBLE, 3, 5), 1e-15);
    }
}
