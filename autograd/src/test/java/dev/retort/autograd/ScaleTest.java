package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ScaleTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(1.0, -2.0, 0.0).castTo(type));

        // c x
        assertThat(x.scale(-2.5).value())
                .hasType(type)
                .isCloseTo(Nd4j.createFromArray(-2.5, 5, 0), type == DataType.FLOAT ? 1e-6 : 0);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("scale", v -> v.get(0).scale(-2.5)).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).scale(-2.5), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).scale(-2.5), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).scale(-2.5), RandomTensors.normal(4, 5));
    }
}
