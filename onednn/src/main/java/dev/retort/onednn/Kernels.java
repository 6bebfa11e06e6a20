package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;

import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What one worker runs kernels with: its stream, its plans, its scratch memory. Plans cost about a millisecond to make, so they are kept,
 * the most recently used ones.
 */
final class Kernels {

    static final long FLOAT_BYTES = 4;

    /** Up to here {@link #roundedRows} rounds finely. */
    static final int FEW_ROWS = 64;

    static final int FEW_ROWS_MULTIPLE = 4;

    static final int MOST_PLANS = 1024;

    /**
     * After so many new plans memory that nobody uses goes back to the system. While a product's plan is made, the library takes and frees half
     * a megabyte for each of its implementations, in between what the plan keeps, and loading a model leaves holes as well.
     */
    private static final int PLANS_A_TRIM = 32;

    private static final long ALIGNMENT = 64;
    private static final int CHUNK = 1 << 14;

    private final Workspace workspace;
    private final stream queue = new stream(Library.engine());
    private final dnnl_stream nativeQueue = queue.get();
    private final Address source = new Address();
    private final Address target = new Address();
    private final float[] first = new float[CHUNK];
    private final float[] second = new float[CHUNK];
    private final Map<String, Long> retiredRuns = new TreeMap<>();
    private Pointer scratchpad = new Pointer();
    private long scratchpadBytes;
    private int untrimmed; // plans made since memory was last given back

    private final Map<Object, Plan> plans = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Plan> eldest) {
            boolean full = size() > MOST_PLANS;
            if (full) {
                retire(eldest.getValue());
            }
            return full;
        }
    };

    Kernels(Workspace workspace) {
        this.workspace = workspace;
        workspace.onClose(this::close);
    }

    private void close() {
        plans.values().forEach(this::retire);
        plans.clear();
        queue.close();
        Pointer.free(scratchpad);
    }

    // ---- memory ----

    /** The scope that temporaries are drawn from. */
    StepScope scope() {
        StepScope scope = StepScope.current();
        if (scope == null) {
            throw new IllegalStateException("kernels: no step scope is open");
        }
        return scope;
    }

    /** A float32 tensor of the current scope, undefined. */
    INDArray tensor(long... shape) {
        return scope().tensor(DataType.FLOAT, shape);
    }

    /** The address of memory for so many floats in the current scope. */
    long floats(long count) {
        return scope().allocate(count * FLOAT_BYTES);
    }

    /**
     * The number of rows that kernels compute for so many: the least multiple of 4 up to 64 rows, of 16 beyond, so that a few plans serve
     * all. One row alone is never computed: there the library takes a kernel that sums in another order.
     */
    static long roundedRows(long rows) {
        long multiple = rows <= FEW_ROWS ? FEW_ROWS_MULTIPLE : StepScope.ROW_MULTIPLE;
        return (rows + multiple - 1) / multiple * multiple;
    }

    /**
     * The address of a matrix from which {@link #roundedRows} rows may be read; what lies behind the last row is undefined. Where the
     * matrix leaves no room it is copied into the current scope.
     */
    long paddedRows(INDArray matrix) {
        INDArray rowMajor = Address.rowMajor(matrix);
        long rows = matrix.size(0);
        long rowBytes = matrix.size(1) * matrix.dataType().width();
        long address = Address.of(rowMajor);
        long padded = roundedRows(rows);
        if (padded == rows || scope().holds(address, padded * rowBytes)) {
            return address;
        }
        long copy = scope().allocate(padded * rowBytes);
        copy(address, copy, rows * rowBytes);
        return copy;
    }

    void copy(long from, long to, long bytes) {
        Pointer.memcpy(target.at(to), source.at(from), bytes);
    }

    void zero(long address, long bytes) {
        Pointer.memset(target.at(address), 0, bytes);
    }

    /** Floats into Java's memory. */
    void read(long address, float[] destination, int offset, int count) {
        source.at(address).get(destination, offset, count);
    }

    /** Floats out of Java's memory. */
    void write(float[] values, int offset, int count, long address) {
        target.at(address).put(values, offset, count);
    }

    /** Java memory for a loop over native memory: a piece is copied in, worked on by loops that HotSpot vectorises, copied out. */
    float[] chunk() {
        return first;
    }

    /** A second piece. */
    float[] otherChunk() {
        return second;
    }

    /** {@link #chunk}, or where that has no room for so many floats new memory: for a row. */
    float[] chunk(int least) {
        return least <= CHUNK ? first : new float[least];
    }

    /** The same of {@link #otherChunk}. */
    float[] otherChunk(int least) {
        return least <= CHUNK ? second : new float[least];
    }

    // ---- kernels ----

    /**
     * The plan for a key.
     *
     * @param maker what makes it if there is none; a static method, so that asking costs no garbage
     */
    <K> Plan plan(K key, Function<K, Plan> maker) {
        Plan plan = plans.get(key);
        if (plan == null) {
            plan = maker.apply(key);
            plans.put(key, plan);
            if (++untrimmed == PLANS_A_TRIM) {
                Pointer.trimMemory();
                untrimmed = 0;
            }
        }
        return plan;
    }

    /** Runs a plan that has been aimed. */
    void run(Plan plan) {
        if (plan.scratchpadBytes() > scratchpadBytes) {
            growScratchpad(plan.scratchpadBytes());
        }
        plan.run(nativeQueue, alignedScratchpad());
        dnnl_stream_wait(nativeQueue);
    }

    private void growScratchpad(long bytes) {
        Pointer.free(scratchpad);
        scratchpad = Pointer.malloc(bytes + ALIGNMENT);
        scratchpadBytes = bytes;
    }

    private long alignedScratchpad() {
        return (scratchpad.address() + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void retire(Plan plan) {
        retiredRuns.merge(plan.implementation(), plan.runs(), Long::sum);
        plan.close();
    }

    /** How often each implementation ran, by the library's name for it. */
    Map<String, Long> runs() {
        Map<String, Long> runs = new TreeMap<>(retiredRuns);
        for (Plan plan : plans.values()) {
            runs.merge(plan.implementation(), plan.runs(), Long::sum);
        }
        return runs;
    }

    /** The plans that are kept, the most recently used one last. */
    List<Plan> plans() {
        return List.copyOf(plans.values());
    }

    int planCount() {
        return plans.size();
    }

    void requireOwner() {
        workspace.requireOwner();
    }
}
