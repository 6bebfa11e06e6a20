package dev.retort.onednn;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import org.bytedeco.javacpp.Pointer;

/**
 * One text in memory that its workers share. Of a short one they divide columns, {@link ColumnFusions}, of a longer one rows,
 * {@link ShareFusions}.
 *
 * <p>By rows: the queries, keys and values of all rows lie here, twice, and the rows of the result. Layers take the two places in turns. A worker that is a layer ahead writes into the place that nobody reads, and it cannot be two
 * ahead, because each layer has a meeting; so one meeting a layer is enough. By columns it is the same from one exchange to the next.
 */
final class SharedText implements SharedRows {

    private static final int LEAST_ROWS = 4; // of a share; below it kernels take as long
    private static final int MOST_BY_COLUMNS = 64; // tokens
    private static final int MOST_COLUMN_WORKERS = 4; // more would meet more than they compute
    private static final long ALIGNMENT = 64;

    private int tokenCount;
    private int workers;
    private Meeting meeting = new Meeting(1);
    private Pointer memory = new Pointer();
    private long memoryBytes;
    private final Exchange even = new Exchange();
    private final Exchange odd = new Exchange();

    @Override
    public int workersFor(int count, int most) {
        return count <= MOST_BY_COLUMNS
                ? Math.min(most, count == 1 ? 1 : MOST_COLUMN_WORKERS)
                : Math.min(most, count / LEAST_ROWS);
    }

    private boolean byColumns() {
        return tokenCount <= MOST_BY_COLUMNS;
    }

    @Override
    public void begin(SequenceLayout text, int workerCount) {
        if (text.batchSize() != 1 || workerCount < 2 || workerCount > workersFor(text.tokenCount(), workerCount)) {
            throw new IllegalArgumentException("shared text: " + text.batchSize() + " texts of " + text.tokenCount()
                    + " tokens for " + workerCount + " workers");
        }
        this.tokenCount = text.tokenCount();
        this.workers = workerCount;
        this.meeting = new Meeting(workerCount);
    }

    int tokenCount() {
        return tokenCount;
    }

    int workers() {
        return workers;
    }

    /** Every share but the last has as many rows as kernels compute for it, so that nobody writes into the next one. */
    @Override
    public int firstRow(int worker) {
        if (byColumns()) {
            return 0;
        }
        boolean few = tokenCount <= Kernels.FEW_ROWS * workers;
        int block = few ? Kernels.FEW_ROWS_MULTIPLE : StepScope.ROW_MULTIPLE;
        int blocks = (tokenCount + block - 1) / block;
        return Math.min(tokenCount, (blocks * worker + workers - 1) / workers * block);
    }

    @Override
    public int endRow(int worker) {
        return byColumns() ? tokenCount : firstRow(worker + 1);
    }

    @Override
    public Share share(int worker, Fusions own) {
        return byColumns()
                ? new ColumnFusions((OneDnnFusions) own, this, worker)
                : new ShareFusions((OneDnnFusions) own, this, worker);
    }

    /** Where the columns of exchange number {@code exchange} are put; each worker asks for as many bytes. */
    long exchange(int exchange, long bytes) {
        return (exchange % 2 == 0 ? even : odd).atLeast(bytes);
    }

    /** Memory that is exchanged in. When the first worker asks for it, nobody reads any more what was exchanged there before. */
    private static final class Exchange {

        private Pointer memory = new Pointer();
        private long memoryBytes;

        synchronized long atLeast(long bytes) {
            if (bytes > memoryBytes) {
                free();
                memory = Pointer.malloc(bytes + ALIGNMENT);
                if (memory == null || memory.isNull()) {
                    memory = new Pointer();
                    throw new OutOfMemoryError("shared text: the system gives no " + bytes + " bytes of native memory");
                }
                memoryBytes = bytes;
            }
            return (memory.address() + ALIGNMENT - 1) & -ALIGNMENT;
        }

        synchronized void free() {
            Pointer.free(memory);
            memory = new Pointer();
            memoryBytes = 0;
        }
    }

    /** Waits for the other workers. */
    void meet(int worker) {
        meeting.await(worker);
    }

    /** The last meeting: worker 0 waits for the others, they go on. */
    void arrive(int worker) {
        if (worker == 0) {
            meeting.await(worker);
        } else {
            meeting.arrive();
        }
    }

    /** Where queries, keys and values of all rows lie, (N, 3H) and room for the rows that kernels compute behind the last. */
    long projections(int layer, long hidden) {
        return start(hidden) + layer % 2 * projectionBytes(hidden);
    }

    /** Where the result's rows lie, (N, H). */
    long result(long hidden) {
        return start(hidden) + 2 * projectionBytes(hidden);
    }

    private long projectionBytes(long hidden) {
        return room() * 3 * hidden * Kernels.FLOAT_BYTES;
    }

    private long room() {
        return (tokenCount + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** The first worker to ask makes the memory large enough; all ask before they write. */
    private synchronized long start(long hidden) {
        long bytes = 2 * projectionBytes(hidden) + room() * hidden * Kernels.FLOAT_BYTES;
        if (bytes > memoryBytes) {
            Pointer.free(memory);
            memoryBytes = 0;
            memory = Pointer.malloc(bytes + ALIGNMENT);
            if (memory == null || memory.isNull()) {
                memory = new Pointer();
                throw new OutOfMemoryError("shared text: the system gives no " + bytes + " bytes of native memory");
            }
            memoryBytes = bytes;
        }
        return (memory.address() + ALIGNMENT - 1) & -ALIGNMENT;
    }

    @Override
    public void abandon() {
        meeting.abandon();
    }

    @Override
    public synchronized void close() {
        Pointer.free(memory);
        memory = new Pointer();
        memoryBytes = 0;
        even.free();
        odd.free();
    }
}
