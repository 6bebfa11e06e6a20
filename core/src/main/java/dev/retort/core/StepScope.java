package dev.retort.core;

import org.jspecify.annotations.Nullable;
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

    private static final ThreadLocal<@Nullable StepScope> CURRENT = new ThreadLocal<>();

    private final Workspace workspace;
    private final @Nullable StepScope enclosing;
    private final MemoryWorkspace memory;
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
     * A copy that outlives this scope: it belongs to the enclosing one, or to the caller where there is none.
     *
     * @param tensor of any shape
     * @return a row-major copy
     */
    public INDArray keep(INDArray tensor) {
        if (!open) {
            throw new IllegalStateException("step scope: already closed");
        }
        if (enclosing == null) {
            try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                return tensor.dup('c');
            }
        }
        try (MemoryWorkspace outer = enclosing.memory.notifyScopeBorrowed()) {
            return tensor.dup('c');
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
