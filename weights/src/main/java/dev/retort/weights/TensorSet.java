package dev.retort.weights;

import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Named tensors of numbers, wherever they lie: in a mapped file, in memory, or computed from another set when they are read. Safe for
 * use by several threads.
 */
public interface TensorSet {

    /**
     * The tensors of a safetensors checkpoint, readable until it is closed. Of a quantised one they read as the numbers they stand for.
     *
     * @throws MalformedCheckpointException if it is quantised in an unknown way, or lacks scales or has wrong ones
     */
    static TensorSet of(Checkpoint checkpoint) throws MalformedCheckpointException {
        String fileName = String.valueOf(checkpoint.path().getFileName());
        NarrowFormat format = NarrowFormat.in(checkpoint.metadata(), fileName);
        return format == null ? new CheckpointTensors(checkpoint) : new QuantizedTensors(checkpoint, format);
    }

    /**
     * Tensors in memory, not copied unless they are views.
     *
     * @param origin what messages call them
     * @param arrays of FLOAT or DOUBLE, by name
     */
    static TensorSet of(String origin, Map<String, INDArray> arrays) {
        return new ArrayTensors(origin, arrays);
    }

    /** What messages call it: a file's name. */
    String origin();

    /** What the set says of weights that were narrowed on purpose, or null. */
    default @Nullable NarrowFormat narrowFormat() {
        return null;
    }

    /** All tensors, in the order in which they lie. */
    List<Tensor> tensors();

    /** The tensor of that name. */
    default Optional<Tensor> tensor(String name) {
        return tensors().stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /**
     * Copies elements of a floating-point tensor, narrower ones widened, wider ones rounded to the nearest float.
     *
     * @param tensor one of {@link #tensors()}
     * @param firstElement the first element to copy, row-major
     * @param target gets the elements
     * @param offset the place of the first of them
     * @param count how many
     * @throws IllegalArgumentException if the tensor is not of this set or is not floating-point, or if elements lie outside it
     */
    void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count);

    /** As {@link #readFloats}, to doubles: exact. */
    default void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        float[] elements = new float[count];
        readFloats(tensor, firstElement, elements, 0, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = elements[i];
        }
    }

    /** A tensor's whole numbers and scales, or null if it has none. */
    default @Nullable Quantized quantized(Tensor tensor) {
        return null;
    }

    /** A matrix in whole numbers: element (o, i) is sₒ qₒᵢ. */
    interface Quantized {

        /** Copies q's elements, as {@link #readFloats} does floats. */
        void readElements(long firstElement, byte[] target, int offset, int count);

        /** s, one a row; finite, not negative. */
        float[] scales();
    }

    /**
     * What a set says of one tensor.
     *
     * @param name any text
     * @param shape its extents, slowest first; empty for a scalar
     * @param type the format's name for the type of its elements: {@code F32}
     * @param floatingPoint whether {@link #readFloats} reads it
     * @param byteCount the space it takes where it lies
     */
    record Tensor(String name, List<Long> shape, String type, boolean floatingPoint, long byteCount) {

        public Tensor {
            shape = List.copyOf(shape);
        }

        /** The number of elements, 1 for a scalar. */
        public long elementCount() {
            long count = 1;
            for (long extent : shape) {
                count = Math.multiplyExact(count, extent);
            }
            return count;
        }
    }
}
