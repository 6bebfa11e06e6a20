package dev.retort.weights.sentencetransformers;

import dev.retort.core.QuantizedMatrix;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/** A matrix in whole numbers with a scale a row, read and converted row by row; one that the set has so is copied. */
final class QuantizedRows {

    private final TensorSet tensors;
    private final TensorSet.Tensor tensor;
    private final int rows;
    private final int columns;
    private final float[] values; // of a row

    /** @param tensor of two axes */
    QuantizedRows(TensorSet tensors, TensorSet.Tensor tensor) {
        this.tensors = tensors;
        this.tensor = tensor;
        this.rows = Math.toIntExact(tensor.shape().get(0));
        this.columns = Math.toIntExact(tensor.shape().get(1));
        this.values = new float[columns];
    }

    void writeElements(WritableByteChannel channel) throws IOException {
        TensorSet.Quantized quantized = tensors.quantized(tensor);
        byte[] elements = new byte[columns];
        for (int row = 0; row < rows; row++) {
            if (quantized == null) {
                QuantizedMatrix.quantize(read(row), elements);
            } else {
                quantized.readElements((long) row * columns, elements, 0, columns);
            }
            channel.write(ByteBuffer.wrap(elements));
        }
    }

    void writeScales(WritableByteChannel channel) throws IOException {
        TensorSet.Quantized quantized = tensors.quantized(tensor);
        ByteBuffer scales = ByteBuffer.allocate(Float.BYTES * rows).order(ByteOrder.LITTLE_ENDIAN);
        if (quantized != null) {
            scales.asFloatBuffer().put(quantized.scales());
        } else {
            byte[] elements = new byte[columns];
            for (int row = 0; row < rows; row++) {
                scales.putFloat(Float.BYTES * row, QuantizedMatrix.quantize(read(row), elements));
            }
        }
        channel.write(scales);
    }

    private float[] read(int row) throws MalformedCheckpointException {
        tensors.readFloats(tensor, (long) row * columns, values, 0, columns);
        for (int i = 0; i < columns; i++) {
            if (!Float.isFinite(values[i])) {
                throw new MalformedCheckpointException(
                        tensors.origin(),
                        "tensor " + tensor.name() + ": element " + ((long) row * columns + i) + " is " + values[i]
                                + ", which int8 cannot express");
            }
        }
        return values;
    }
}
