package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class MatMulTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedMatrices_areRowTimesColumn(DataType type) {
        Variable a = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}})
                .castTo(type));
        Variable b = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2}, {0, 0}, {2, 1}})
                .castTo(type));

        // 1·1 + 3·2, 1·2 + 3·1, then 4·1 + 6·2, 4·2 + 6·1
        assertThat(a.matmul(b).value()).hasType(type).isRowMajor().isIdenticalTo(Nd4j.createFromArray(new double[][] {
            {7, 5}, {16, 14}
        }));
    }

    @Test
    void gradient_matricesAndBatches_agreesWithDifferences() {
        GradientCheck.of("matmul", v -> v.get(0).matmul(v.get(1)))
                .check(RandomTensors.normal(1, 2, 3), RandomTensors.normal(2, 3, 5));
        GradientCheck.of("matmul batched", v -> v.get(0).matmul(v.get(1)))
                .check(RandomTensors.normal(1, 2, 3, 4, 5), RandomTensors.normal(2, 2, 3, 5, 7));
    }

    @Test
    void gradient_extentsOfOne_agreesWithDifferences() {
        GradientCheck.of("matmul, one row", v -> v.get(0).matmul(v.get(1)))
                .check(RandomTensors.normal(1, 1, 3), RandomTensors.normal(2, 3, 5));
        GradientCheck.of("matmul, inner size one", v -> v.get(0).matmul(v.get(1)))
                .check(RandomTensors.normal(1, 2, 1), RandomTensors.normal(2, 1, 5));
        GradientCheck.of("matmul, one number", v -> v.get(0).matmul(v.get(1)))
                .check(RandomTensors.normal(1, 1, 1), RandomTensors.normal(2, 1, 1));
    }

    @Test
    void layouts_permutedAndSlicedInputs_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(
                v -> v.get(0).matmul(v.get(1)), RandomTensors.normal(1, 2, 3), RandomTensors.normal(2, 3, 5));
        LayoutCheck.sameOnEveryLayout(
                v -> v.get(0).matmul(v.get(1)),
                RandomTensors.normal(1, 2, 3, 4, 5),
                RandomTensors.normal(2, 2, 3, 5, 7));
    }

    @Test
    void rejects_sizesThatDoNotFit() {
        Variable a = Variable.constant(Nd4j.ones(2, 3));

        assertThatThrownBy(() -> a.matmul(Variable.constant(Nd4j.ones(5, 7))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("matmul: inner sizes differ: a (2, 3) x b (5, 7), 3 != 5");
    }
}
