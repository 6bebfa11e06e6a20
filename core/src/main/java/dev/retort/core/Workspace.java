package dev.retort.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One thread's memory for step tensors. It grows to the largest step it has seen and is then reused, so a loop of steps allocates
 * nothing. Open a {@link StepScope} on it; close it when the thread is done.
 *
 * <p>Not safe for use by several threads at once: it belongs to the thread that opened it, until another one takes it over.
 */
public final class Workspace implements AutoCloseable {

    private static final AtomicLong NUMBERS = new AtomicLong();

    private static final WorkspaceConfiguration GROWING = WorkspaceConfiguration.builder()
            .initialSize(0)
            .policyAllocation(AllocationPolicy.STRICT)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policySpill(SpillPolicy.REALLOCATE)
            .policyReset(ResetPolicy.BLOCK_LEFT)
            .build();

    private final long number = NUMBERS.getAndIncrement();
    private volatile Thread owner = Thread.currentThread();
    private final List<Level> levels = new ArrayList<>(); // one a depth that was reached
    private final List<Runnable> closing = new ArrayList<>();
    private int depth;
    private boolean closed;

    /**
     * The memory of one nesting depth.
     *
     * @param arithmetic where ND4J's own operations put their results
     * @param slab where fused operations put theirs
     */
    record Level(MemoryWorkspace arithmetic, Slab slab) {}

    private Workspace() {}

    /** Opens the calling thread's memory. */
    public static Workspace open() {
        return new Workspace();
    }

    Level enter() {
        if (closed) {
            throw new IllegalStateException("workspace: already closed");
        }
        requireOwner();
        if (depth == levels.size()) {
            MemoryWorkspace arithmetic = Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(GROWING, id(depth));
            levels.add(new Level(arithmetic, new Slab()));
        }
        Level level = levels.get(depth);
        depth++;
        level.arithmetic().notifyScopeEntered();
        return level;
    }

    void leave(Level level) {
        level.arithmetic().close();
        level.slab().clear();
        depth--;
    }

    /** Whether these bytes lie in the memory of fused operations, at any depth. */
    boolean holds(long address, long bytes) {
        for (int i = 0; i < levels.size(); i++) {
            if (levels.get(i).slab().holds(address, bytes)) {
                return true;
            }
        }
        return false;
    }

    /** What is to be given back together with this memory: native objects that were made for it. */
    public void onClose(Runnable action) {
        closing.add(action);
    }

    private String id(int level) {
        return "retort-" + number + "-" + level;
    }

    /**
     * Says that the calling thread may use this memory.
     *
     * @throws IllegalStateException if it belongs to another thread
     */
    public void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("workspace: belongs to thread " + owner.getName() + ", used by "
                    + Thread.currentThread().getName());
        }
    }

    /**
     * Makes this memory the calling thread's. Between the last use on the thread before and this call lies a lock, or whatever else lets
     * one thread see what another wrote.
     *
     * @throws IllegalStateException while a step scope is open
     */
    public void takeOver() {
        if (depth > 0) {
            throw new IllegalStateException(
                    "workspace: belongs to thread " + owner.getName() + ", " + depth + " step scopes are still open");
        }
        owner = Thread.currentThread();
    }

    /**
     * Gives the memory back, on the thread it belongs to, which had better be the one that opened it: ND4J keeps the names of a thread's
     * workspaces until that thread destroys them. Idempotent.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        requireOwner();
        if (depth > 0) {
            throw new IllegalStateException("workspace: " + depth + " step scopes are still open");
        }
        closed = true;
        closing.forEach(Runnable::run);
        for (Level level : levels) {
            Nd4j.getWorkspaceManager()
                    .destroyWorkspace(level.arithmetic()); // the manager's, which also forgets the name
            level.slab().free();
        }
    }
}
