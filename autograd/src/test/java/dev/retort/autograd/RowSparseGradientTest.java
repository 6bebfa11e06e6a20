package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RowSparseGradientTest {

    private static INDArray matrix(double[]... rows) {
        return Nd4j.createFromArray(rows);
    }

    private final RowSparseGradient some =
            new RowSparseGradient(5, new int[] {1, 3}, matrix(new double[] {1, 2}, new double[] {3, 4}));
    private final RowSparseGradient others =
            new RowSparseGradient(5, new int[] {0, 3}, matrix(new double[] {10, 20}, new double[] {30, 40}));

    private static final INDArray SOME_DENSE = matrix(
            new double[] {0, 0}, new double[] {1, 2}, new double[] {0, 0}, new double[] {3, 4}, new double[] {0, 0});

    @Test
    void dense_rowsThatAreNotStored_areZero() {
        assertThat(some.dense()).isIdenticalTo(SOME_DENSE);
        assertThat(some.shape()).containsExactly(5, 2);
    }

    @Test
    void plus_rowSparse_hasTheRowsOfEither() {
        RowSparseGradient sum = (RowSparseGradient) some.plus(others);

        assertThat(sum.rowCount()).isEqualTo(3);
        assertThat(new int[] {sum.row(0), sum.row(1), sum.row(2)}).containsExactly(0, 1, 3);
        assertThat(sum.values())
                .isIdenticalTo(matrix(new double[] {10, 20}, new double[] {1, 2}, new double[] {33, 44}));
        assertThat(some.values()).isIdenticalTo(matrix(new double[] {1, 2}, new double[] {3, 4}));
    }

    @Test
    void plus_dense_isDenseFromEitherSide() {
        DenseGradient ones = new DenseGradient(Nd4j.ones(DataType.DOUBLE, 5, 2));

        assertThat(some.plus((Gradient) ones).dense()).isIdenticalTo(SOME_DENSE.add(1));
        assertThat(ones.plus(some).dense()).isIdenticalTo(SOME_DENSE.add(1));
        assertThat(ones.dense()).isIdenticalTo(Nd4j.ones(DataType.DOUBLE, 5, 2));
    }

    @Test
    void plus_anotherShape_isRefused() {
        assertThatThrownBy(() -> some.plus(new RowSparseGradient(6, new int[] {1}, Nd4j.ones(DataType.DOUBLE, 1, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gradient: sum of different shapes: (5, 2), (6, 2)");
    }

    @Test
    void rejects_rowsOutOfOrderOrOutside() {
        INDArray values = Nd4j.ones(DataType.DOUBLE, 2, 2);

        assertThatThrownBy(() -> new RowSparseGradient(5, new int[] {3, 3}, values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gradient of rows: expected ascending rows in 0..4, got 3 at 1");
        assertThatThrownBy(() -> new RowSparseGradient(5, new int[] {3, 5}, values))
                .hasMessage("gradient of rows: expected ascending rows in 0..4, got 5 at 1");
        assertThatThrownBy(() -> new RowSparseGradient(5, new int[] {3}, values))
                .hasMessage("gradient of rows: expected (1, *), got (2, 2)");
    }

    @Test
    void backward_tableReadTwice_mergesTheRowsOfBothReadings() {
        Variable table = Variable.parameter("table", RandomTensors.normal(1, 7, 2));
        Gradients gradients = table.gather(5, 2, 5)
                .sum()
                .add(table.gather(0, 2).sum().scale(10))
                .backward();
        RowSparseGradient gradient = (RowSparseGradient) gradients.gradient(table);

        assertThat(gradient.rowCount()).isEqualTo(3);
        assertThat(gradients.of(table).getColumn(0))
                .isIdenticalTo(Nd4j.createFromArray(new double[] {10, 0, 11, 0, 0, 2, 0}));
        GradientCheck.of(
                        "two lookups",
                        v -> v.get(0)
                                .gather(5, 2, 5)
                                .add(v.get(0).gather(0, 2, 2).multiply(v.get(0).gather(6, 2, 1))))
                .check(RandomTensors.normal(1, 7, 2));
    }

    @Test
    void backward_tableReadAndUsedWhole_isDense() {
        Variable table = Variable.parameter("table", RandomTensors.normal(1, 3, 2));
        Gradients gradients = table.gather(1).sum().add(table.sum()).backward();

        assertThat(gradients.gradient(table)).isInstanceOf(DenseGradient.class);
        assertThat(gradients.of(table).getColumn(1)).isIdenticalTo(Nd4j.createFromArray(new double[] {1, 2, 1}));
    }

    @Test
    void backward_lookupInAResult_passesTheRowsOn() {
        GradientCheck.of("gather of a result", v -> v.get(0).tanh().gather(2, 0, 2))
                .check(RandomTensors.normal(1, 4, 3));
    }
}
