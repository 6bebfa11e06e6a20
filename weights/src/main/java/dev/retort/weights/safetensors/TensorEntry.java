package dev.retort.weights.safetensors;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a header says of one tensor.
 *
 * @param name the tensor's name, any text
 * @param dtype the type of its elements
 * @param shape its extents, slowest first; empty for a scalar
 * @param begin its first byte, counted from the end of the header
 * @param end the byte after its last, counted from the end of the header
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record TensorEntry(String name, DType dtype, long[] shape, long begin, long end) {

    /** Copies {@code shape}. */
    public TensorEntry {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dtype, "dtype");
        shape = shape.clone();
    }

    /** A copy of the extents. */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** The number of elements, 1 for a scalar. */
    public long elementCount() {
        long count = 1;
        for (long extent : shape) {
            count = Math.multiplyExact(count, extent);
        }
        return count;
    }

    /** The number of bytes. */
    public long byteCount() {
        return end - begin;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorEntry entry
                && name.equals(entry.name)
                && dtype == entry.dtype
                && Arrays.equals(shape, entry.shape)
                && begin == entry.begin
                && end == entry.end;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, dtype, Arrays.hashCode(shape), begin, end);
    }

    /** {@code embeddings.weight F32 [2, 3] at 0..24}. */
    @Override
    public String toString() {
        return name + " " + dtype + " " + Arrays.toString(shape) + " at " + begin + ".." + end;
    }
}
