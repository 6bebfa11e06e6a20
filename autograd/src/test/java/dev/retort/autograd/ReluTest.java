package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ReluTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x =
                Variable.constant(Nd4j.createFromArray(0.0, -0.0, 1.5, -2.0).castTo(type));

        // max(x, 0)
        assertThat(x.relu().value())
                .hasType(type)
                .isCloseTo(Nd4j.createFromArray(0.0, 0, 1.5, 0), type == DataType.FLOAT ? 1e-6 : 1e-9);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("relu", v -> v.get(0).relu()).check(Nd4j.createFromArray(new double[][] {
            {0.5, -1, 2}, {-0.1, 3, -4}
        }));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).relu(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).relu(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).relu(), RandomTensors.normal(4, 5));
    }

    @Test
    void gradient_atZero_isZero() {
        Variable x = Variable.parameter("x", Nd4j.createFromArray(0.0, -0.0, 1e-30, -1e-30));

        assertThat(x.relu().sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(0.0, 0, 1, 0));
    }
}
