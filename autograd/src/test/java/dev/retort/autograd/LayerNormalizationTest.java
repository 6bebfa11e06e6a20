package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class LayerNormalizationTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedRows_haveMeanZeroAndVarianceOneBeforeGammaAndBeta(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 3, 8}, {-2, -2, 4}})
                .castTo(type));
        Variable gamma = Variable.constant(Nd4j.createFromArray(1.0, 2, -1).castTo(type));
        Variable beta = Variable.constant(Nd4j.createFromArray(0.0, 10, 0.5).castTo(type));

        // row 0: μ = 4, σ² = (9 + 1 + 16)/3; row 1: μ = 0, σ² = (4 + 4 + 16)/3 = 8
        double first = Math.sqrt(26 / 3.0);
        double second = Math.sqrt(8);
        assertThat(x.layerNormalize(gamma, beta, 1e-12).value())
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(new double[][] {
                            {-3 / first, -2 / first + 10, -4 / first + 0.5},
                            {-2 / second, -4 / second + 10, -4 / second + 0.5}
                        }),
                        type == DataType.FLOAT ? 2e-6 : 1e-12);
    }

    @Test
    void forward_epsilon_isAddedToTheVarianceInsideTheRoot() {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{-1, 1}}));

        // σ² = 1, 1/√(1 + 3) = 1/2
        assertThat(x.layerNormalize(ones(2), zeros(2), 3).value())
                .isCloseTo(Nd4j.createFromArray(new double[][] {{-0.5, 0.5}}), 1e-15);
    }

    @Test
    void forward_constantFloat32RowOfAnyWidth_isBeta() {
        for (int width : new int[] {3, 7, 384, 768}) {
            Variable x = Variable.constant(Nd4j.valueArrayOf(new long[] {2, width}, 3.7, DataType.FLOAT));
            Variable gamma = Variable.constant(Nd4j.ones(DataType.FLOAT, width));
            Variable beta = Variable.constant(Nd4j.zeros(DataType.FLOAT, width));

            // a mean that is off by one rounding would be multiplied by 1/√ε = 1e6
            assertThat(x.layerNormalize(gamma, beta, 1e-12).value())
                    .isCloseTo(Nd4j.zeros(DataType.FLOAT, 2, width), 1e-5);
        }
    }

    @Test
    void gradient_everyInput_agreesWithDifferences() {
        GradientCheck.of("layerNormalize", v -> v.get(0).layerNormalize(v.get(1), v.get(2), 1e-12))
                .check(RandomTensors.normal(1, 3, 5), RandomTensors.normal(2, 5), RandomTensors.normal(3, 5));
        GradientCheck.of("layerNormalize, large epsilon", v -> v.get(0).layerNormalize(v.get(1), v.get(2), 0.5))
                .check(RandomTensors.normal(1, 2, 3, 4), RandomTensors.normal(2, 4), RandomTensors.normal(3, 4));
    }

    @Test
    void layouts_permutedAndSlicedInputs_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(
                v -> v.get(0).layerNormalize(v.get(1), v.get(2), 1e-12),
                RandomTensors.normal(1, 2, 3, 5),
                RandomTensors.normal(2, 5),
                RandomTensors.normal(3, 5));
    }

    @Test
    void rejects_parametersOfAnotherSize() {
        Variable x = Variable.constant(Nd4j.ones(DataType.DOUBLE, 2, 3));

        assertThatThrownBy(() -> x.layerNormalize(ones(2), zeros(3), 1e-12))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma: expected (3), got (2)");
        assertThatThrownBy(() -> x.layerNormalize(ones(3), zeros(1), 1e-12)).hasMessage("beta: expected (3), got (1)");
    }

    private static Variable ones(int size) {
        return Variable.constant(Nd4j.ones(DataType.DOUBLE, size));
    }

    private static Variable zeros(int size) {
        return Variable.constant(Nd4j.zeros(DataType.DOUBLE, size));
    }
}
