package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.core.RandomTensors;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class GradientSumTest {

    private final Variable table = Variable.parameter("table", RandomTensors.normal(DataType.FLOAT, 1, 9, 3));
    private final Variable weight = Variable.parameter("weight", RandomTensors.normal(DataType.FLOAT, 2, 5, 3));

    private Gradients pass(int... rows) {
        return table.gather(rows).matmulTransposed(weight).tanh().sum().backward();
    }

    @Test
    void total_ofSeveralScopes_isTheSumInTheirOrder() {
        INDArray expectedTable =
                pass(1, 2, 1).of(table).add(pass(7, 2).of(table)).add(pass(0).of(table));
        INDArray expectedWeight =
                pass(1, 2, 1).of(weight).add(pass(7, 2).of(weight)).add(pass(0).of(weight));

        try (Workspace workspace = Workspace.open();
                GradientSum sum = new GradientSum()) {
            for (int round = 0; round < 2; round++) {
                for (int[] rows : new int[][] {{1, 2, 1}, {7, 2}, {0}}) {
                    try (StepScope step = StepScope.open(workspace)) {
                        sum.add(pass(rows));
                    }
                }
                RowSparseGradient ofTable = (RowSparseGradient) sum.total().gradient(table);
                assertThat(ofTable.rowCount()).isEqualTo(4);
                assertThat(ofTable.dense()).isIdenticalTo(expectedTable);
                assertThat(sum.total().of(weight)).isIdenticalTo(expectedWeight);
                sum.clear();
            }
            assertThat(sum.total().contains(weight)).isFalse();
        }
    }

    @Test
    void total_sparseAndDenseMixed_isDense() {
        Gradients sparse = pass(4, 2);
        Gradients dense = table.tanh().sum().backward();
        INDArray expected = sparse.of(table).add(dense.of(table));

        for (boolean sparseFirst : new boolean[] {true, false}) {
            try (GradientSum sum = new GradientSum()) {
                sum.add(sparseFirst ? sparse : dense);
                sum.add(sparseFirst ? dense : sparse);
                assertThat(sum.total().of(table)).isIdenticalTo(expected);
            }
        }
    }

    @Test
    void add_variableWithoutAGradientThisTime_keepsItsSum() {
        try (GradientSum sum = new GradientSum()) {
            INDArray before = pass(4).of(weight);
            sum.add(pass(4));
            sum.add(table.gather(3).sum().backward());

            assertThat(sum.total().of(weight)).isIdenticalTo(before);
        }
    }
}
