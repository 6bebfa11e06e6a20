package dev.retort.train.optimizer;

import dev.retort.core.Shape;
import java.util.Arrays;
import java.util.BitSet;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What Adam remembers of one parameter: m, v, and how many updates it had.
 *
 * <p>Of a table of which gradients name rows, also the rows that ever had one: in all others m and v are zero and need no work. Memory comes
 * zeroed from the system, which backs a page only once it is written: rows that never had a gradient take none.
 */
final class Moments {

    private final String name;
    private final DataType type;
    private final long[] shape;
    private final long elements;
    private final Pointer memory; // m, then v
    private long updates;
    private @Nullable BitSet rows; // null: any element may have had a gradient

    /** @param rows those that ever had a gradient, or null if any element may have had one */
    Moments(String name, DataType type, long[] shape, long updates, @Nullable BitSet rows) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.elements = Shape.elementCount(shape);
        this.memory = Pointer.calloc(2 * elements, type.width());
        if (memory == null || memory.isNull()) {
            throw new IllegalStateException("optimiser: no memory for the moments of " + name + " "
                    + Shape.toString(shape) + ": " + 2 * elements * type.width() + " bytes");
        }
        this.updates = updates;
        this.rows = rows;
    }

    String name() {
        return name;
    }

    DataType type() {
        return type;
    }

    long[] shape() {
        return shape.clone();
    }

    long elements() {
        return elements;
    }

    long firstAddress() {
        return memory.address();
    }

    long secondAddress() {
        return memory.address() + elements * type.width();
    }

    long updates() {
        return updates;
    }

    void countUpdate() {
        updates++;
    }

    /** Refuses a parameter of another type or shape under the same name. */
    void requireFits(DataType otherType, long... otherShape) {
        if (otherType != type || !Arrays.equals(otherShape, shape)) {
            throw new IllegalArgumentException("optimiser: " + name + ": the moments are " + type + " "
                    + Shape.toString(shape) + ", the parameter is " + otherType + " " + Shape.toString(otherShape));
        }
    }

    /** The rows that had a gradient, or null if any element may have had one. */
    @Nullable
    BitSet rows() {
        return rows;
    }

    /** From now on every element is worked on. */
    void touchAll() {
        rows = null;
    }

    /** The bytes of m and v that hold something. */
    long bytes() {
        BitSet touched = rows;
        return 2 * (touched == null ? elements * type.width() : touched.cardinality() * rowBytes());
    }

    /** The bytes of one row of m. */
    long rowBytes() {
        return elements / shape[0] * type.width();
    }

    void free() {
        Pointer.free(memory);
    }
}
