package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class LogSoftmaxTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{0, Math.log(2), Math.log(5)}, {7, 7, 7}})
                .castTo(type));

        // x - log(1 + 2 + 5)
        assertThat(x.logSoftmax().value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(new double[][] {
                            {-Math.log(8), -Math.log(4), Math.log(0.625)}, {-Math.log(3), -Math.log(3), -Math.log(3)}
                        }),
                        type == DataType.FLOAT ? 1e-6 : 1e-12);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("logSoftmax", v -> v.get(0).logSoftmax()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).logSoftmax(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).logSoftmax(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).logSoftmax(), RandomTensors.normal(4, 5));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_hugeScores_staysFinite(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1e4, 1e4 - 1}})
                .castTo(type));
        Variable shifted =
                Variable.constant(Nd4j.createFromArray(new double[][] {{1, 0}}).castTo(type));

        assertThat(x.logSoftmax().value()).isCloseTo(shifted.logSoftmax().value(), 1e-6);
    }
}
