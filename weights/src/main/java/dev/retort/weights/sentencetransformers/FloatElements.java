package dev.retort.weights.sentencetransformers;

import dev.retort.core.BFloat16;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tensor's elements in float32 or bfloat16, a chunk at a time.
 *
 * @param narrow whether bfloat16
 */
record FloatElements(TensorSet tensors, TensorSet.Tensor tensor, boolean narrow) implements ByteSource {

    private static final Logger LOG = LoggerFactory.getLogger(FloatElements.class);
    private static final int ELEMENTS_A_CHUNK = 1 << 14;

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        float[] elements = new float[(int) Math.min(tensor.elementCount(), ELEMENTS_A_CHUNK)];
        boolean finite = true; // so far: one warning a tensor
        int width = narrow ? Short.BYTES : Float.BYTES;
        ByteBuffer bytes = ByteBuffer.allocateDirect(width * elements.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long first = 0; first < tensor.elementCount(); first += elements.length) {
            int count = (int) Math.min(elements.length, tensor.elementCount() - first);
            tensors.readFloats(tensor, first, elements, 0, count);
            for (int i = 0; i < count && finite; i++) {
                finite = Float.isFinite(elements[i]);
                if (!finite) {
                    LOG.warn(
                            "{}: tensor {}: element {} is not a finite number; written as it is",
                            tensors.origin(),
                            tensor.name(),
                            first + i);
                }
            }
            bytes.clear();
            if (narrow) {
                for (int i = 0; i < count; i++) {
                    bytes.putShort(Short.BYTES * i, BFloat16.of(elements[i]));
                }
            } else {
                bytes.asFloatBuffer().put(elements, 0, count);
            }
            channel.write(bytes.limit(width * count));
        }
    }
}
