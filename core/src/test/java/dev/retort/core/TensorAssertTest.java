package dev.retort.core;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorAssertTest {

    private final INDArray tensor = Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}});

    @Test
    void isCloseTo_oneElementDiffers_namesShapesAndPlace() {
        INDArray other = tensor.dup();
        other.putScalar(1, 2, 6.5);

        assertThatThrownBy(() -> assertThat(tensor).isCloseTo(other, 0.4))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "expected (2, 3) close to (2, 3) within 0.4: 1 of 6 elements differ, by up to 0.5;"
                                + " first at [1, 2]: expected 6.5, got 6.0");
        assertThat(tensor).isCloseTo(other, 0.5);
    }

    @Test
    void isCloseTo_transposedElements_differ() {
        INDArray transposed = Nd4j.createFromArray(new double[][] {{1, 3, 5}, {2, 4, 6}});

        assertThatThrownBy(() -> assertThat(tensor).isCloseTo(transposed, 0.5)).hasMessageContaining("4 of 6");
    }

    @Test
    void isCloseTo_otherLayouts_comparesByPlace() {
        Layouts.of(tensor).forEach((layout, same) -> assertThat(same).as(layout).isIdenticalTo(tensor));
    }

    @Test
    void isCloseTo_nan_isCloseToNothing() {
        INDArray nan = Nd4j.createFromArray(Double.NaN);

        assertThatThrownBy(() -> assertThat(nan).isCloseTo(nan, 1)).isInstanceOf(AssertionError.class);
    }

    @Test
    void isCloseTo_sameElementsOtherShape_fails() {
        assertThatThrownBy(() -> assertThat(tensor).isCloseTo(tensor.reshape('c', 3, 2), 1))
                .hasMessageContaining("expected shape (3, 2), got (2, 3)");
    }

    @Test
    void isCloseToLargest_shareOfTheLargestElement_isTheBound() {
        INDArray other = tensor.add(0.06);

        assertThat(other).isCloseToLargest(tensor, 0.0101);
        assertThatThrownBy(() -> assertThat(other).isCloseToLargest(tensor, 0.0099))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void hasType_other_namesBoth() {
        assertThatThrownBy(() -> assertThat(tensor).hasType(DataType.FLOAT))
                .hasMessageContaining("expected type FLOAT, got DOUBLE");
    }

    @Test
    void isRowMajor_transposedView_fails() {
        assertThat(tensor).isRowMajor();
        assertThatThrownBy(() -> assertThat(tensor.transpose()).isRowMajor())
                .hasMessageContaining("got shape (3, 2) with strides (1, 3)");
    }
}
