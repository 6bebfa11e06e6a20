package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class TanhTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x = Variable.constant(
                Nd4j.createFromArray(0.0, Math.log(2), -Math.log(2)).castTo(type));

        // tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 3/5
        assertThat(x.tanh().value())
                .hasType(type)
                .isCloseTo(Nd4j.createFromArray(0, 0.6, -0.6), type == DataType.FLOAT ? 1e-6 : 1e-12);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("tanh", v -> v.get(0).tanh()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanh(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanh(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).tanh(), RandomTensors.normal(4, 5));
    }
}
