package dev.retort.core;

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
 * <p>Not safe for use by several threads: it belongs to the thread that opened it.
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
    private final Thread owner = Thread.currentThread();
    private int depth;
    private int deepest;
    private boolean closed;

    private Workspace() {}

    /** Opens the calling thread's memory. */
    public static Workspace open() {
        return new Workspace();
    }

    MemoryWorkspace enter() {
        if (closed) {
            throw new IllegalStateException("workspace: already closed");
        }
        requireOwner();
        depth++;
        deepest = Math.max(deepest, depth);
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(GROWING, id(depth));
    }

    void leave(MemoryWorkspace memory) {
        memory.close();
        depth--;
    }

    private String id(int level) {
        return "retort-" + number + "-" + level;
    }

    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("workspace: belongs to thread " + owner.getName() + ", used by "
                    + Thread.currentThread().getName());
        }
    }

    /** Gives the memory back, on the thread that opened it. Idempotent. */
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
        for (int level = 1; level <= deepest; level++) {
            // the manager's method, which also forgets the name: a thread may open and close many
            Nd4j.getWorkspaceManager()
                    .destroyWorkspace(Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(GROWING, id(level)));
        }
    }
}
