package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class GeluTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_followsTheFormula(DataType type) {
        Variable x =
                Variable.constant(Nd4j.createFromArray(0.0, 1.0, -2.0, 10.0).castTo(type));

        // x Φ(x): Φ(1) = 0.8413447461, Φ(-2) = 0.0227501319
        assertThat(x.gelu().value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(0, 0.8413447461, -0.0455002639, 10), type == DataType.FLOAT ? 1e-6 : 1e-9);
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("gelu", v -> v.get(0).gelu()).check(RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).gelu(), RandomTensors.normal(2, 2, 3, 5));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).gelu(), RandomTensors.normal(3, 4, 1));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).gelu(), RandomTensors.normal(4, 5));
    }

    @Test
    void forward_atMinusTwo_isNoneOfTheApproximations() {
        Variable x = Variable.constant(Nd4j.createFromArray(-2.0));

        double exact = x.gelu().value().getDouble(0);

        assertThat(Math.abs(exact - x.tanhGelu().value().getDouble(0)))
                .isGreaterThan(5e-5); // the tanh form: -0.0454023
        assertThat(Math.abs(exact - -2 / (1 + Math.exp(1.702 * 2)))).isGreaterThan(0.01); // x σ(1.702 x): -0.0643
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void gradient_farOut_isOneOrZeroAndFinite(DataType type) {
        Variable x = Variable.parameter("x", Nd4j.createFromArray(1e4, -1e4).castTo(type));

        assertThat(x.gelu().sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(1.0, 0));
    }
}
