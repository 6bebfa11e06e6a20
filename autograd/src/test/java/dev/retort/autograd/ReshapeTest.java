package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ReshapeTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_matrix_isReadRowByRow(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}})
                .castTo(type));

        assertThat(x.reshape(3, 2).value()).hasType(type).isIdenticalTo(Nd4j.createFromArray(new double[][] {
            {1, 2}, {3, 4}, {5, 6}
        }));
        assertThat(x.reshape(6).value()).hasShape(6).isIdenticalTo(Nd4j.createFromArray(1.0, 2, 3, 4, 5, 6));
    }

    @Test
    void gradient_anyShape_agreesWithDifferences() {
        GradientCheck.of("reshape", v -> v.get(0).reshape(3, 1, 4, 2)).check(RandomTensors.normal(1, 2, 3, 4));
        GradientCheck.of("reshape to a scalar", v -> v.get(0).reshape()).check(RandomTensors.normal(1, 1, 1));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).reshape(4, 6), RandomTensors.normal(1, 2, 3, 4));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).reshape(2, 3), RandomTensors.normal(1, 6));
    }

    @Test
    void rejects_anotherNumberOfElements() {
        Variable x = Variable.constant(Nd4j.ones(2, 3));

        assertThatThrownBy(() -> x.reshape(4, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reshape: element counts differ: (2, 3) to (4, 2)");
    }
}
