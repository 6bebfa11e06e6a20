package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PermuteTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_threeAxes_movesEveryElement(DataType type) {
        INDArray x = RandomTensors.normal(type, 1, 2, 3, 4);

        INDArray y = Variable.constant(x).permute(2, 0, 1).value();

        assertThat(y).hasShape(4, 2, 3).hasType(type).isRowMajor();
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < 4; k++) {
                    assertThat(y.getDouble(k, i, j)).isEqualTo(x.getDouble(i, j, k));
                }
            }
        }
    }

    @Test
    void gradient_aPermutationThatIsNotItsInverse_agreesWithDifferences() {
        GradientCheck.of("permute", v -> v.get(0).permute(2, 0, 1)).check(RandomTensors.normal(1, 2, 3, 4));
        GradientCheck.of("permute", v -> v.get(0).permute(0, 2, 1, 3)).check(RandomTensors.normal(1, 2, 3, 1, 4));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).permute(2, 0, 1), RandomTensors.normal(1, 2, 3, 4));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).permute(0, 1), RandomTensors.normal(1, 2, 3));
    }

    @Test
    void rejects_axesThatAreNoPermutation() {
        Variable x = Variable.constant(Nd4j.ones(2, 3, 4));

        assertThatThrownBy(() -> x.permute(0, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("permute: expected each axis of (2, 3, 4) once, got [0, 0, 1]");
        assertThatThrownBy(() -> x.permute(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
