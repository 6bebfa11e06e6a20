package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RowsTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_middleRows_areCopied(DataType type) {
        INDArray x = Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}, {5, 6}, {7, 8}})
                .castTo(type);

        INDArray rows = Variable.constant(x).rows(1, 3).value();

        assertThat(rows).hasType(type).isRowMajor().isIdenticalTo(Nd4j.createFromArray(new double[][] {{3, 4}, {5, 6}
        }));
        assertThat(Variable.constant(x).rows(0, 4).value()).isIdenticalTo(x);
    }

    @Test
    void gradient_someAllAndOneRow_agreesWithDifferences() {
        for (int[] part : new int[][] {{1, 3}, {0, 4}, {3, 4}}) {
            GradientCheck.of("rows", v -> v.get(0).rows(part[0], part[1])).check(RandomTensors.normal(1, 4, 3));
        }
        GradientCheck.of("rows of rank three", v -> v.get(0).rows(1, 3)).check(RandomTensors.normal(1, 4, 2, 3));
        GradientCheck.of("rows of rank one", v -> v.get(0).rows(1, 3)).check(RandomTensors.normal(1, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).rows(1, 3), RandomTensors.normal(1, 4, 3));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).rows(3, 4), RandomTensors.normal(1, 4, 2, 3));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).rows(0, 2), RandomTensors.normal(1, 2, 3));
    }

    @Test
    void rejects_rowsThatAreNotThere() {
        Variable x = Variable.constant(Nd4j.ones(4, 3));

        assertThatThrownBy(() -> x.rows(2, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rows: expected 0 <= from < to <= 4, got from=2 to=5 of (4, 3)");
        assertThatThrownBy(() -> x.rows(2, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> x.rows(-1, 2)).isInstanceOf(IllegalArgumentException.class);
    }
}
