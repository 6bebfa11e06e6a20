package dev.retort.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The native memory of one nesting depth: handed out by moving a pointer, given back all at once. A step that needs more than there is
 * gets further blocks; when it ends they become one, as large as that step, so that steps like it allocate nothing.
 *
 * <p>A tensor's {@link INDArray} is made once for each place and shape and then used again: making one costs more than a small kernel.
 */
final class Slab {

    private static final long ALIGNMENT = 64; // bytes: a cache line, and an AVX-512 register
    private static final long FIRST_BLOCK = 1 << 20;
    private static final int MOST_VIEWS =
            512; // a training step's; more would be old, so dear to collect, when they are given up

    /** The highest rank of a view. */
    static final int MOST_AXES = 4;

    private final List<Block> blocks = new ArrayList<>();
    private final Map<Place, INDArray> views = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, INDArray> eldest) {
            return size() > MOST_VIEWS;
        }
    };

    private int current; // the block that is being handed out
    private long used; // bytes of it
    private long peak; // the most bytes of a step so far, over all blocks

    /** A piece of memory, aligned at its start. */
    private record Block(Pointer memory, long start, long size) {}

    /** Where a view lies and what it looks like. */
    private record Place(long address, DataType type, int rank, long a, long b, long c, long d) {

        static Place of(long address, DataType type, long[] shape) {
            return new Place(
                    address,
                    type,
                    shape.length,
                    extent(shape, 0),
                    extent(shape, 1),
                    extent(shape, 2),
                    extent(shape, 3));
        }

        /** Written out, as is the next, because what Java makes for a record it makes when first asked: late in a start. */
        @Override
        public int hashCode() {
            long hash = address;
            hash = 31 * hash + a;
            hash = 31 * hash + b;
            hash = 31 * hash + c;
            hash = 31 * hash + d;
            return 31 * Long.hashCode(hash) + 5 * type.ordinal() + rank;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place place
                    && address == place.address
                    && type == place.type
                    && rank == place.rank
                    && a == place.a
                    && b == place.b
                    && c == place.c
                    && d == place.d;
        }

        private static long extent(long[] shape, int axis) {
            return axis < shape.length ? shape[axis] : 1;
        }
    }

    /** The address of {@code bytes} bytes, aligned, undefined. */
    long allocate(long bytes) {
        long wanted = aligned(Math.max(bytes, 1));
        while (current < blocks.size() && used + wanted > blocks.get(current).size()) {
            current++;
            used = 0;
        }
        if (current == blocks.size()) {
            add(Math.max(wanted, blocks.isEmpty() ? FIRST_BLOCK : size()));
        }
        long address = blocks.get(current).start() + used;
        used += wanted;
        peak = Math.max(peak, sizeBefore(current) + used);
        return address;
    }

    /** How much is handed out, for {@link #release}. */
    long mark() {
        return sizeBefore(current) + used;
    }

    /** Takes back what was handed out since {@link #mark}. */
    void release(long mark) {
        long before = 0;
        for (current = 0; current < blocks.size(); current++) {
            long size = blocks.get(current).size();
            if (mark - before <= size) {
                used = mark - before;
                return;
            }
            before += size;
        }
        used = 0;
    }

    /** Takes everything back; what the step took in several blocks will be one. */
    void clear() {
        if (blocks.size() > 1) {
            free();
            add(peak);
        }
        current = 0;
        used = 0;
    }

    void free() {
        views.clear();
        for (Block block : blocks) {
            Pointer.free(block.memory());
        }
        blocks.clear();
        current = 0;
        used = 0;
    }

    /** Whether {@code bytes} bytes from an address lie inside. */
    boolean holds(long address, long bytes) {
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (address >= block.start() && address + bytes <= block.start() + block.size()) {
                return true;
            }
        }
        return false;
    }

    /** The row-major tensor at an address of this memory; of at most {@link #MOST_AXES} axes. */
    INDArray view(long address, DataType type, long... shape) {
        Place place = Place.of(address, type, shape);
        INDArray known = views.get(place);
        if (known != null) {
            return known;
        }
        Pointer memory = new Location(address, Shape.elementCount(shape));
        INDArray made = Nd4j.create(
                Nd4j.createBuffer(memory, Shape.elementCount(shape), type), shape, rowMajorStrides(shape), 0, 'c');
        views.put(place, made);
        return made;
    }

    /** The bytes of all blocks. */
    long size() {
        return sizeBefore(blocks.size());
    }

    private long sizeBefore(int block) {
        long size = 0;
        for (int i = 0; i < block; i++) {
            size += blocks.get(i).size();
        }
        return size;
    }

    private void add(long bytes) {
        Pointer memory = Pointer.malloc(bytes + ALIGNMENT);
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError("step tensors: the system gives no " + bytes + " bytes of native memory");
        }
        blocks.add(new Block(memory, aligned(memory.address()), bytes));
    }

    private static long aligned(long value) {
        return (value + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private static long[] rowMajorStrides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /** An address as JavaCPP wants it. */
    private static final class Location extends Pointer {

        Location(long address, long elements) {
            this.address = address;
            this.limit = elements;
            this.capacity = elements;
        }
    }
}
