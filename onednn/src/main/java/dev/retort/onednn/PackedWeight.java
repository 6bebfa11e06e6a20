package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A linear layer's weight in the blocks in which the kernels read it, copied there once, in float32 or narrower. Immutable, and shared by
 * all workers.
 *
 * <p>In int8 W is a {@link QuantizedMatrix}, whether it came as one or is quantised here. Quantised inputs are stored
 * {@value RowFormats#ZERO} higher than they are; what that adds to the products, {@value RowFormats#ZERO} sₒ Σ qₒ, is taken off by offsets.
 */
final class PackedWeight implements Weight {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final Map<Size, memory.desc> DESCRIPTIONS = new ConcurrentHashMap<>();
    private static final long TYPICAL_ROWS = 256; // the layout was the same for every number of rows
    private static final long ALIGNMENT = 64;
    private static final memory.data_type FLOAT32 = memory.data_type.f32;

    private final long in;
    private final long out;
    private final @Nullable Variable bias;
    private final Precision precision;
    private final long address;
    private final long scales; // sₒ, (out), and then the offsets, (out), in int8; else 0
    private final long block; // outputs that lie together, the first of each at a place of its own; 0: no such layout
    private final long outputBytes; // from one output to the next, on the average over a block
    private final Cleaner.Cleanable freeing; // at close, or when nobody refers to this any more
    private volatile boolean closed;

    private record Size(long in, long out, Precision precision) {

        @Override
        public int hashCode() { // written out as in RowKernels
            return 31 * Long.hashCode(31 * in + out) + precision.ordinal();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Size size && in == size.in && out == size.out && precision == size.precision;
        }
    }

    /**
     * @param matrices each (outᵢ, in), float32; their outputs are joined in this order
     * @param bias (Σ outᵢ), or null
     */
    PackedWeight(List<INDArray> matrices, @Nullable Variable bias, Precision precision) {
        this(matrices.get(0).size(1), outputs(matrices), bias, precision);
        memory.desc description = description(in, out, precision);
        if (precision == Precision.INT8) {
            packQuantized(matrices);
        } else if (matrices.size() == 1) {
            reorder(plain(FLOAT32), Address.of(Address.rowMajor(matrices.get(0))), description, address);
        } else {
            packJoined(matrices, description);
        }
    }

    /** One after the other in memory, which ND4J's concat does as well, but not before it has started its machinery for operations. */
    private void packJoined(List<INDArray> matrices, memory.desc description) {
        try (FloatPointer joined = new FloatPointer(in * out)) {
            long to = joined.address();
            for (INDArray matrix : matrices) {
                long bytes = matrix.length() * Kernels.FLOAT_BYTES;
                Pointer.memcpy(new Address().at(to), new Address().at(Address.of(Address.rowMajor(matrix))), bytes);
                to += bytes;
            }
            reorder(plain(FLOAT32), joined.address(), description, address);
        }
    }

    /** A weight whose elements and scales are still to be written. */
    private PackedWeight(long in, long out, @Nullable Variable bias, Precision precision) {
        this.precision = precision;
        this.in = in;
        this.out = out;
        this.bias = bias;
        memory.desc description = description(in, out, precision);
        long size = aligned(description.get_size());
        long bytes = size + (precision == Precision.INT8 ? 2 * out * Kernels.FLOAT_BYTES : 0) + ALIGNMENT;
        Pointer memory = Pointer.malloc(bytes);
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError("weight: the system gives no " + bytes + " bytes of native memory");
        }
        this.freeing = CLEANER.register(this, () -> Pointer.free(memory));
        this.address = aligned(memory.address());
        this.block = Blocks.width(in, out, precision);
        this.outputBytes = block == 0 ? 0 : description.get_size() / ((out + block - 1) / block * block);
        this.scales = precision == Precision.INT8 ? address + size : 0;
    }

    /**
     * A weight in int8, of matrices that are so already.
     *
     * @param matrices each (outᵢ, in); their outputs are joined in this order
     * @param bias (Σ outᵢ), or null
     */
    static PackedWeight ofQuantized(List<QuantizedMatrix> matrices, @Nullable Variable bias) {
        List<INDArray> elements =
                matrices.stream().map(QuantizedMatrix::elements).toList();
        PackedWeight weight = new PackedWeight(elements.get(0).size(1), outputs(elements), bias, Precision.INT8);
        try (BytePointer all = new BytePointer(weight.in * weight.out)) {
            long output = 0;
            for (QuantizedMatrix matrix : matrices) {
                long outputs = matrix.elements().size(0);
                all.position(output * weight.in);
                Pointer.memcpy(
                        all, new Address().at(Address.of(Address.rowMajor(matrix.elements()))), outputs * weight.in);
                Pointer.memcpy(
                        new Address().at(weight.scales + output * Kernels.FLOAT_BYTES),
                        new Address().at(Address.of(Address.rowMajor(matrix.scales()))),
                        outputs * Kernels.FLOAT_BYTES);
                output += outputs;
            }
            weight.pack(all.position(0));
        }
        return weight;
    }

    private static long outputs(List<INDArray> matrices) {
        return matrices.stream().mapToLong(matrix -> matrix.size(0)).sum();
    }

    private void packQuantized(List<INDArray> matrices) {
        float[] row = new float[Math.toIntExact(in)];
        byte[] quantized = new byte[row.length];
        long output = 0;
        try (BytePointer all = new BytePointer(in * out)) {
            for (INDArray matrix : matrices) {
                INDArray rowMajor = Address.rowMajor(matrix);
                for (long o = 0; o < matrix.size(0); o++, output++) {
                    new Address()
                            .at(Address.of(rowMajor) + o * in * Kernels.FLOAT_BYTES)
                            .get(row, 0, row.length);
                    float scale = QuantizedMatrix.quantize(row, quantized);
                    all.position(output * in).put(quantized, 0, quantized.length);
                    new Address().at(scales + output * Kernels.FLOAT_BYTES).put(scale);
                }
            }
            pack(all.position(0));
        }
    }

    /**
     * Writes the elements and the offsets; the scales are there.
     *
     * @param quantized q, (out, in), row-major
     */
    private void pack(BytePointer quantized) {
        byte[] row = new byte[Math.toIntExact(in)];
        for (long output = 0; output < out; output++) {
            quantized.position(output * in).get(row, 0, row.length);
            float scale =
                    new Address().at(scales + output * Kernels.FLOAT_BYTES).get();
            new Address().at(scales + (out + output) * Kernels.FLOAT_BYTES).put(-RowFormats.ZERO * scale * sum(row));
        }
        quantized.position(0);
        reorder(plain(memory.data_type.s8), quantized.address(), description(in, out, precision), address);
    }

    private static int sum(byte[] quantized) {
        int sum = 0;
        for (byte value : quantized) {
            sum += value;
        }
        return sum;
    }

    private static long aligned(long value) {
        return (value + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** The kernels' layout of a Wᵀ, (in, out). */
    static memory.desc description(long in, long out, Precision precision) {
        return DESCRIPTIONS.computeIfAbsent(
                new Size(in, out, precision),
                size -> precision == Precision.F32
                        ? new matmul.primitive_desc(
                                        Library.engine(),
                                        Descriptions.matrix(TYPICAL_ROWS, in),
                                        Descriptions.anyMatrix(in, out),
                                        Descriptions.matrix(1, out),
                                        Descriptions.matrix(TYPICAL_ROWS, out),
                                        Descriptions.attributes(),
                                        false)
                                .weights_desc()
                        : NarrowProducts.weightsDescription(TYPICAL_ROWS, in, out, precision));
    }

    /** The layout of W as a checkpoint has it, (out, in), read as Wᵀ. */
    private memory.desc plain(memory.data_type type) {
        return Descriptions.strided(type, new long[] {in, out}, 1, in);
    }

    static void reorder(memory.desc fromLayout, long from, memory.desc toLayout, long to) {
        try (memory source = new memory(fromLayout, Library.engine(), new Address().at(from));
                memory target = new memory(toLayout, Library.engine(), new Address().at(to));
                stream queue = new stream(Library.engine());
                reorder copying = new reorder(source, target)) {
            copying.execute(queue, source, target);
            queue._wait();
        }
    }

    /** The number format of the elements. */
    Precision precision() {
        return precision;
    }

    /** All outputs. */
    Panel panel() {
        return panel(0, out);
    }

    /** Whether outputs from a multiple of this number on can be computed without the others; 0 if they cannot. */
    long block() {
        return block;
    }

    /**
     * Some outputs.
     *
     * @param first a multiple of {@link #block}
     * @param count another one, or up to the last
     */
    Panel panel(long first, long count) {
        if (closed) {
            throw new IllegalStateException("weight: already closed");
        }
        long biasAddress = bias == null ? 0 : Address.of(Address.rowMajor(bias.value())) + first * Kernels.FLOAT_BYTES;
        boolean quantized = precision == Precision.INT8;
        return new Panel(
                precision,
                in,
                count,
                address + first * outputBytes,
                quantized ? scales + first * Kernels.FLOAT_BYTES : 0,
                quantized ? scales + (out + first) * Kernels.FLOAT_BYTES : 0,
                biasAddress);
    }

    @Override
    public void close() {
        closed = true;
        freeing.clean();
    }

    /** How the kernels' layout divides outputs. */
    private static final class Blocks {

        private static final long OUTPUTS = 1; // the axis

        /** How many outputs a block has, if blocks lie one after the other and are the same in narrower matrices; else 0. */
        static long width(long in, long out, Precision precision) {
            memory.desc whole = description(in, out, precision);
            long width = width(whole);
            if (width == 0 || out <= width) {
                return 0;
            }
            memory.desc one = description(in, width, precision);
            boolean alike = width(one) == width
                    && one.get_strides().get(OUTPUTS) == whole.get_strides().get(OUTPUTS)
                    && one.get_size() * ((out + width - 1) / width) == whole.get_size();
            return alike ? width : 0;
        }

        private static long width(memory.desc description) {
            long width = 1;
            for (int i = 0; i < description.get_inner_nblks(); i++) {
                if (description.get_inner_idxs().get(i) == OUTPUTS) {
                    width *= description.get_inner_blks().get(i);
                }
            }
            return width == 1 ? 0 : width;
        }
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
            reorder(description(in, out, precision), panel().address(), plain(FLOAT32), Address.of(matrix));
            if (precision == Precision.INT8) {
                scaleOutputs(matrix);
            }
            return Variable.constant(matrix);
        }
    }

    private void scaleOutputs(INDArray matrix) {
        float[] row = new float[Math.toIntExact(in)];
        for (long o = 0; o < out; o++) {
            float scale = new Address().at(scales + o * Kernels.FLOAT_BYTES).get();
            Address place = new Address().at(Address.of(matrix) + o * in * Kernels.FLOAT_BYTES);
            place.get(row, 0, row.length);
            for (int i = 0; i < row.length; i++) {
                row[i] *= scale;
            }
            place.put(row, 0, row.length);
        }
    }

    @Override
    public @Nullable Variable bias() {
        return bias;
    }
}
