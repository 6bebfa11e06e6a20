package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class QuantizedMatrixTest {

    /** s = 254 / 127 = 2; 5 / 2 and -3 / 2 lie halfway: to the even neighbour. */
    @Test
    void quantize_aRow_isTheNearestMultiplesOfItsScale() {
        byte[] elements = new byte[5];

        float scale = QuantizedMatrix.quantize(new float[] {-254, 5, -3, 2.9f, 0}, elements);

        assertThat(scale).isEqualTo(2);
        assertThat(elements).containsExactly(-127, 2, -2, 1, 0);
    }

    @Test
    void quantize_aRowOfZeros_hasScaleZero() {
        byte[] elements = {1, 1};

        assertThat(QuantizedMatrix.quantize(new float[] {0, -0f}, elements)).isZero();
        assertThat(elements).containsOnly(0);
    }

    @Test
    void rejects_otherTypesAndExtents() {
        INDArray elements = Nd4j.create(DataType.BYTE, 3, 2);
        INDArray floats = Nd4j.create(DataType.FLOAT, 3);

        assertThatThrownBy(() -> new QuantizedMatrix(floats, floats))
                .hasMessage("quantized matrix: expected elements BYTE and scales FLOAT, got FLOAT and FLOAT");
        assertThatThrownBy(() -> new QuantizedMatrix(elements, Nd4j.create(DataType.FLOAT, 2)))
                .hasMessage("scales: expected (3), got (2)");
    }

    @Test
    void close_twice_freesBothTensors() {
        QuantizedMatrix matrix = new QuantizedMatrix(
                Nd4j.createUninitializedDetached(DataType.BYTE, 3, 2),
                Nd4j.createUninitializedDetached(DataType.FLOAT, 3));

        matrix.close();
        matrix.close();

        assertThat(matrix.elements().wasClosed()).isTrue();
        assertThat(matrix.scales().wasClosed()).isTrue();
    }
}
