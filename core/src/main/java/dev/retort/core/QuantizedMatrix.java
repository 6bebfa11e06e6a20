package dev.retort.core;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A matrix W in whole numbers, with a scale for each row: a linear layer's weight, whose rows are its outputs.
 *
 * <pre>
 *   sₒ = maxᵢ |Wₒᵢ| / 127      qₒᵢ = Wₒᵢ / sₒ, rounded to the nearest, ties to even      Wₒᵢ ≈ sₒ qₒᵢ
 * </pre>
 *
 * @param elements q, (out, in), bytes, row-major
 * @param scales s, (out), float32
 */
public record QuantizedMatrix(INDArray elements, INDArray scales) implements AutoCloseable {

    /** The greatest magnitude of an element: -128 is not used, so that signs are alike. */
    public static final int GREATEST = 127;

    /** Checks types and extents. */
    public QuantizedMatrix {
        if (elements.dataType() != DataType.BYTE || scales.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException("quantized matrix: expected elements BYTE and scales FLOAT, got "
                    + elements.dataType() + " and " + scales.dataType());
        }
        Shape.require("elements", elements, Shape.ANY, Shape.ANY);
        Shape.require("scales", scales, elements.size(0));
    }

    /** Frees both tensors at once. Idempotent. */
    @Override
    public void close() {
        for (INDArray tensor : List.of(elements, scales)) {
            if (!tensor.wasClosed()) {
                tensor.close();
            }
        }
    }

    /**
     * Rounds a row to whole multiples of its scale.
     *
     * @param row W's elements
     * @param elements gets q's, as many
     * @return the scale, 0 for a row of zeros
     */
    public static float quantize(float[] row, byte[] elements) {
        float greatest = 0;
        for (float value : row) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        float scale = greatest / GREATEST;
        for (int i = 0; i < row.length; i++) {
            elements[i] = scale == 0 ? 0 : (byte) Math.rint(row[i] / scale);
        }
        return scale;
    }
}
