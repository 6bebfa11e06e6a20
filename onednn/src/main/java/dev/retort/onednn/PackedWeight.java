package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Weight;
import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A linear layer's weight in the blocks in which the kernels read it, copied there once. Immutable, and shared by all workers.
 */
final class PackedWeight implements Weight {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final Map<Size, memory.desc> DESCRIPTIONS = new ConcurrentHashMap<>();
    private static final long TYPICAL_ROWS = 256; // the layout was the same for every number of rows
    private static final long ALIGNMENT = 64;

    private final long in;
    private final long out;
    private final @Nullable Variable bias;
    private final long address;
    private final Cleaner.Cleanable freeing; // at close, or when nobody refers to this any more
    private volatile boolean closed;

    private record Size(long in, long out) {}

    /**
     * @param matrices each (outᵢ, in); their outputs are joined in this order
     * @param bias (Σ outᵢ), or null
     */
    PackedWeight(List<INDArray> matrices, @Nullable Variable bias) {
        this.in = matrices.get(0).size(1);
        this.out = matrices.stream().mapToLong(matrix -> matrix.size(0)).sum();
        this.bias = bias;
        memory.desc description = description(in, out);
        Pointer memory = Pointer.malloc(description.get_size() + ALIGNMENT);
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError(
                    "weight: the system gives no " + description.get_size() + " bytes of native memory");
        }
        this.freeing = CLEANER.register(this, () -> Pointer.free(memory));
        this.address = (memory.address() + ALIGNMENT - 1) & -ALIGNMENT;
        if (matrices.size() == 1) {
            reorder(plain(), Address.of(Address.rowMajor(matrices.get(0))), description, address);
        } else {
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
                    INDArray joined = Nd4j.concat(0, matrices.toArray(new INDArray[0]))) {
                reorder(plain(), Address.of(joined), description, address);
            }
        }
    }

    /** The kernels' layout of a Wᵀ, (in, out). */
    static memory.desc description(long in, long out) {
        return DESCRIPTIONS.computeIfAbsent(
                new Size(in, out),
                size -> new matmul.primitive_desc(
                                Library.engine(),
                                Descriptions.matrix(TYPICAL_ROWS, in),
                                Descriptions.anyMatrix(in, out),
                                Descriptions.matrix(1, out),
                                Descriptions.matrix(TYPICAL_ROWS, out),
                                Descriptions.attributes(),
                                false)
                        .weights_desc());
    }

    /** The layout of W as a checkpoint has it, (out, in), read as Wᵀ. */
    private memory.desc plain() {
        return Descriptions.strided(new long[] {in, out}, 1, in);
    }

    private static void reorder(memory.desc fromLayout, long from, memory.desc toLayout, long to) {
        try (memory source = new memory(fromLayout, Library.engine(), new Address().at(from));
                memory target = new memory(toLayout, Library.engine(), new Address().at(to));
                stream queue = new stream(Library.engine());
                reorder copying = new reorder(source, target)) {
            copying.execute(queue, source, target);
            queue._wait();
        }
    }

    /** Where the packed elements lie. */
    long address() {
        if (closed) {
            throw new IllegalStateException("weight: already closed");
        }
        return address;
    }

    @Override
    public void close() {
        closed = true;
        freeing.clean();
    }

    long inputSize() {
        return in;
    }

    @Override
    public long outputSize() {
        return out;
    }

    @Override
    public Variable matrix() {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            INDArray matrix = Nd4j.createUninitialized(DataType.FLOAT, out, in);
            reorder(description(in, out), address(), plain(), Address.of(matrix));
            return Variable.constant(matrix);
        }
    }

    @Override
    public @Nullable Variable bias() {
        return bias;
    }
}
