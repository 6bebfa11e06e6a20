package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class TanhGeluTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x =
                Variable.constant(Nd4j.createFromArray(0.0, 1.0, -2.0, 10.0).castTo(type));

        // at 1: t = tanh(0.7978845608 · 1.044715) = 0.6823841, (1 + t)/2 = 0.8411920
        assertThat(x.tanhGelu().value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(0, 0.8411919906, -0.0454023059, 10), type == DataType.FLOAT ? 1e-6 : 1e-9);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("tanhGelu", v -> v.get(0).tanhGelu()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanhGelu(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanhGelu(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanhGelu(), RandomTensors.normal(4, 5));
    }
}
