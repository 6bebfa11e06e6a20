package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class SumTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_matrix_isOneNumber(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 7}})
                .castTo(type));

        assertThat(x.sum().value()).hasShape().hasType(type).isIdenticalTo(Nd4j.scalar(22.0));
        assertThat(x.mean().value()).hasShape().isCloseTo(Nd4j.scalar(22 / 6.0), 1e-6);
    }

    @Test
    void gradient_sumAndMean_agreesWithDifferences() {
        GradientCheck.of("sum", v -> v.get(0).sum()).check(RandomTensors.normal(1, 2, 3));
        GradientCheck.of("mean", v -> v.get(0).mean()).check(RandomTensors.normal(1, 2, 3));
        GradientCheck.of("sum of one", v -> v.get(0).sum()).check(RandomTensors.normal(1, 1));
        GradientCheck.of("sum of a scalar", v -> v.get(0).sum()).check(RandomTensors.normal(1));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).sum(), RandomTensors.normal(1, 2, 3, 5));
    }
}
