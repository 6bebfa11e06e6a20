package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorsTest {

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void matmul_everyTransposition_isTheSumOfProducts(boolean transposeA, boolean transposeB) {
        INDArray a = transposeA ? RandomTensors.normal(1, 2, 4, 3) : RandomTensors.normal(1, 2, 3, 4);
        INDArray b = transposeB ? RandomTensors.normal(2, 2, 5, 4) : RandomTensors.normal(2, 2, 4, 5);

        INDArray product = Tensors.matmul(a, b, transposeA, transposeB);

        assertThat(product).hasShape(2, 3, 5).isRowMajor();
        for (int n = 0; n < 2; n++) {
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 5; j++) {
                    double sum = 0;
                    for (int k = 0; k < 4; k++) {
                        sum += (transposeA ? a.getDouble(n, k, i) : a.getDouble(n, i, k))
                                * (transposeB ? b.getDouble(n, j, k) : b.getDouble(n, k, j));
                    }
                    assertThat(product.getDouble(n, i, j)).isCloseTo(sum, within(1e-14));
                }
            }
        }
    }

    @Test
    void matmul_sizesThatDoNotFit_areRejectedWithBothShapes() {
        INDArray a = Nd4j.ones(2, 3);

        assertThatThrownBy(() -> Tensors.matmul(a, Nd4j.ones(2, 3), false, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("matmul: inner sizes differ: a (2, 3) x b (2, 3), 3 != 2");
        assertThatThrownBy(() -> Tensors.matmul(a, Nd4j.ones(5, 7), true, true))
                .hasMessage("matmul: inner sizes differ: a (2, 3)ᵀ x b (5, 7)ᵀ, 2 != 7");
        assertThatThrownBy(() -> Tensors.matmul(a, Nd4j.ones(2, 3, 5), false, false))
                .hasMessage("matmul: expected equal ranks of 2 or more: a (2, 3) x b (2, 3, 5)");
        assertThatThrownBy(() -> Tensors.matmul(Nd4j.ones(2, 3, 4), Nd4j.ones(5, 4, 3), false, false))
                .hasMessage("matmul: leading axes differ: a (2, 3, 4) x b (5, 4, 3)");
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void erf_knownValues_isTheErrorFunction(DataType type) {
        INDArray x = Nd4j.createFromArray(0.0, 0.5, -1.0, 3.0).castTo(type);

        // Abramowitz and Stegun 1964, table 7.1
        assertThat(Tensors.erf(x))
                .hasType(type)
                .isCloseTo(
                        Nd4j.createFromArray(0, 0.5204998778, -0.8427007929, 0.9999779095),
                        type == DataType.FLOAT ? 1e-7 : 1e-10);
        assertThat(x).isIdenticalTo(Nd4j.createFromArray(0.0, 0.5, -1.0, 3.0));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void gatherRows_everyLayout_copiesRowsInTheGivenOrder(DataType type) {
        INDArray matrix = Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}, {5, 6}});

        Layouts.of(matrix.castTo(type))
                .forEach((layout, same) -> assertThat(Tensors.gatherRows(same, new int[] {2, 0, 2, 1}))
                        .as(layout)
                        .isIdenticalTo(Nd4j.createFromArray(new double[][] {{5, 6}, {1, 2}, {5, 6}, {3, 4}})));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void viewPart_everyLayoutAxisAndPart_showsThoseElements(DataType type) {
        INDArray tensor = RandomTensors.normal(type, 1, 3, 4, 2);
        Layouts.of(tensor).forEach((layout, same) -> {
            for (int axis = 0; axis < 3; axis++) {
                for (int from = 0; from < same.size(axis); from++) {
                    for (int to = from + 1; to <= same.size(axis); to++) {
                        INDArray part = Tensors.viewPart(same, axis, from, to);

                        assertThat(part)
                                .as(layout + " axis " + axis + " " + from + ".." + to)
                                .isIdenticalTo(partByElements(tensor, axis, from, to));
                    }
                }
            }
        });
    }

    @Test
    void viewRows_written_changesTheTensor() {
        INDArray lower = Tensors.viewRows(Nd4j.zeros(DataType.DOUBLE, 4, 2), 2, 4);

        Tensors.viewRows(lower, 1, 2).assign(7);

        assertThat(lower).isIdenticalTo(Nd4j.createFromArray(new double[][] {{0, 0}, {7, 7}}));
    }

    @Test
    void viewPart_outsideTheAxis_isRejected() {
        INDArray x = Nd4j.ones(2, 3);

        assertThatThrownBy(() -> Tensors.viewPart(x, 1, 2, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("part: expected 0 <= from < to <= 3, got from=2 to=4 on axis 1 of (2, 3)");
        assertThatThrownBy(() -> Tensors.viewRows(x, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static INDArray partByElements(INDArray tensor, int axis, int from, int to) {
        long[] shape = tensor.shape().clone();
        shape[axis] = to - from;
        INDArray part = Nd4j.create(tensor.dataType(), shape);
        for (long i = 0; i < shape[0]; i++) {
            for (long j = 0; j < shape[1]; j++) {
                for (long k = 0; k < shape[2]; k++) {
                    long[] place = {i, j, k};
                    place[axis] += from;
                    part.putScalar(new long[] {i, j, k}, tensor.getDouble(place));
                }
            }
        }
        return part;
    }

    @Test
    void copyDetached_viewOfRows_isACopyOfItsOwn() {
        INDArray matrix = Nd4j.createFromArray(new float[][] {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});

        INDArray copy = Tensors.copyDetached(Tensors.viewRows(matrix, 1, 3));
        matrix.putScalar(1, 0, 0);

        assertThat(copy.toFloatMatrix()).isDeepEqualTo(new float[][] {{4, 5, 6}, {7, 8, 9}});
        assertThat(copy.isAttached()).isFalse();
        assertThatThrownBy(() -> Tensors.copyDetached(matrix.transpose()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a row-major tensor");
    }
}
