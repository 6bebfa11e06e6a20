package dev.retort.core;

import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Owns every tensor created between its braces.
 *
 * <pre>{@code
 * try (StepScope step = StepScope.open(workspace)) {
 *     Variable loss = ...;
 *     Gradients gradients = loss.backward();
 *     kept = step.keep(embeddings);
 * }
 * }</pre>
 *
 * <p>A tensor has one of three lifetimes. A <em>parameter</em> is created outside every scope and lives as long as the model. A
 * <em>step</em> tensor dies at the brace. A <em>kept</em> tensor is a copy made by {@link #keep}, the only way out. Scopes nest: what an
 * inner scope keeps belongs to the scope around it. {@code docs/memory.md} draws the three.
 */
public final class StepScope implements AutoCloseable {

    /** {@link #tensor} leaves room after a matrix, so that kernels may run on a multiple of this many rows. */
    public static final int ROW_MULTIPLE = 16;

    private static final ThreadLocal<@Nullable StepScope> CURRENT = new ThreadLocal<>();

    private final Workspace workspace;
    private final @Nullable StepScope enclosing;
    private final Workspace.Level memory;
    private boolean open = true;

    private StepScope(Workspace workspace, @Nullable StepScope enclosing) {
        this.workspace = workspace;
        this.enclosing = enclosing;
        this.memory = workspace.enter();
    }

    /** Opens a scope on the calling thread, inside the thread's current one if there is one. */
    public static StepScope open(Workspace workspace) {
        StepScope scope = new StepScope(workspace, CURRENT.get());
        CURRENT.set(scope);
        return scope;
    }

    /** The scope that owns what the calling thread creates now, or null outside every scope. */
    public static @Nullable StepScope current() {
        return CURRENT.get();
    }

    /** Opens a scope inside this one, on the same memory. */
    public StepScope openInner() {
        return open(workspace);
    }

    /** Whether the tensors of this scope may still be read. */
    public boolean isOpen() {
        return open;
    }

    /**
     * A tensor of this scope for a fused operation, its elements undefined, 64-byte aligned. Behind the last row of a matrix there is
     * room up to a multiple of {@link #ROW_MULTIPLE} rows. In a loop of steps it costs no allocation.
     *
     * @param shape one to four extents
     */
    public INDArray tensor(DataType type, long... shape) {
        long address = allocate(type.width() * Shape.elementCount(shape.length == 2 ? roomFor(shape) : shape));
        return memory.slab().view(address, type, shape);
    }

    private static long[] roomFor(long[] matrix) {
        return new long[] {(matrix[0] + ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE, matrix[1]};
    }

    /** The address of so many bytes of this scope's memory, undefined, 64-byte aligned. */
    public long allocate(long bytes) {
        requireOpen();
        return memory.slab().allocate(bytes);
    }

    /** How much {@link #tensor} and {@link #allocate} have handed out. */
    public long mark() {
        return memory.slab().mark();
    }

    /** Takes back what {@link #tensor} and {@link #allocate} have handed out since a {@link #mark}: a fused operation's temporaries. */
    public void release(long mark) {
        memory.slab().release(mark);
    }

    /** Whether so many bytes from an address lie in memory that {@link #tensor} and {@link #allocate} hand out, here or in outer scopes. */
    public boolean holds(long address, long bytes) {
        return workspace.holds(address, bytes);
    }

    /**
     * A copy that outlives this scope: it belongs to the enclosing one, or to the caller where there is none.
     *
     * @param tensor of any shape
     * @return a row-major copy
     */
    public INDArray keep(INDArray tensor) {
        requireOpen();
        if (enclosing == null) {
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                return tensor.dup('c');
            }
        }
        if (isFused(tensor)) {
            INDArray copy = enclosing.tensor(tensor.dataType(), tensor.shape());
            Pointer.memcpy(
                    copy.data().pointer(),
                    tensor.data().pointer(),
                    tensor.length() * tensor.dataType().width());
            return copy;
        }
        try (MemoryWorkspace outer = enclosing.memory.arithmetic().notifyScopeBorrowed()) {
            return tensor.dup('c');
        }
    }

    /** Whether a tensor is one that {@link #tensor} made, of this scope or an outer one. */
    private boolean isFused(INDArray tensor) {
        return tensor.rank() >= 1
                && tensor.rank() <= Slab.MOST_AXES
                && tensor.offset() == 0
                && tensor.data().length() == tensor.length()
                && Tensors.isRowMajor(tensor)
                && holds(
                        tensor.data().address(),
                        tensor.length() * tensor.dataType().width());
    }

    private void requireOpen() {
        if (!open) {
            throw new IllegalStateException("step scope: already closed");
        }
    }

    /** Ends the life of every tensor of this scope. Idempotent; inner scopes must be closed first. */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        if (CURRENT.get() != this) {
            throw new IllegalStateException("step scope: closed before an inner scope, or on another thread");
        }
        open = false;
        workspace.leave(memory);
        if (enclosing == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(enclosing);
        }
    }
}
