package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SigmoidTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(
                Nd4j.createFromArray(0.0, Math.log(3), -Math.log(3)).castTo(type));

        // 1 / (1 + exp(-ln 3)) = 3/4
        assertThat(x.sigmoid().value())
                .hasType(type)
                .isCloseTo(Nd4j.createFromArray(0.5, 0.75, 0.25), type == DataType.FLOAT ? 1e-6 : 1e-12);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("sigmoid", v -> v.get(0).sigmoid()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).sigmoid(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).sigmoid(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).sigmoid(), RandomTensors.normal(4, 5));
    }

    @Test
    void silu_always_isXTimesSigmoid() {
        Variable x = Variable.constant(Nd4j.createFromArray(Math.log(3), -Math.log(3)));

        assertThat(x.silu().value()).isCloseTo(Nd4j.createFromArray(0.75 * Math.log(3), -0.25 * Math.log(3)), 1e-12);
        GradientCheck.of("silu", v -> v.get(0).silu()).check(RandomTensors.normal(1, 2, 3));
    }
}
