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

class GatherTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_repeatedRows_areCopiedInOrder(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}, {5, 6}})
                .castTo(type));

        assertThat(x.gather(2, 0, 2).value()).hasType(type).isIdenticalTo(Nd4j.createFromArray(new double[][] {
            {5, 6}, {1, 2}, {5, 6}
        }));
    }

    @Test
    void gradient_repeatedAndUnusedRows_addsUpAndIsZero() {
        Variable x = Variable.parameter("x", RandomTensors.normal(1, 3, 2));

        INDArray gradient = x.gather(2, 0, 2)
                .backward(Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}, {10, 20}}))
                .of(x);

        assertThat(gradient).isIdenticalTo(Nd4j.createFromArray(new double[][] {{3, 4}, {0, 0}, {11, 22}}));
        GradientCheck.of("gather", v -> v.get(0).gather(3, 1, 3, 3, 0)).check(RandomTensors.normal(1, 5, 3));
    }

    @Test
    void gather_rowNumbersChangedAfterwards_doNotMatter() {
        int[] rows = {1, 1};
        Variable x = Variable.parameter("x", Nd4j.ones(DataType.DOUBLE, 2, 1));
        Variable gathered = x.gather(rows);
        rows[0] = 0;

        assertThat(gathered.sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(new double[][] {{0}, {2}}));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).gather(3, 1, 3, 0), RandomTensors.normal(1, 5, 3));
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).gather(4), RandomTensors.normal(1, 5, 3));
    }

    @Test
    void rejects_rowsThatAreNotThere() {
        Variable x = Variable.constant(Nd4j.ones(3, 2));

        assertThatThrownBy(() -> x.gather(0, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gather: row 3 at 1 is outside 0..2");
        assertThatThrownBy(() -> x.gather(-1)).hasMessage("gather: row -1 at 0 is outside 0..2");
        assertThatThrownBy(() -> x.gather()).hasMessage("gather: expected at least one row number");
        assertThatThrownBy(() -> Variable.constant(Nd4j.ones(3)).gather(0))
                .hasMessage("gather: expected (*, *), got (3)");
    }
}
