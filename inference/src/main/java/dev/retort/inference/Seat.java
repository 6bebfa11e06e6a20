package dev.retort.inference;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * What whoever computes has to himself: memory and fused functions. There are as many as there may be computing threads. A seat is a
 * worker's; while the worker is idle a caller may have it and compute on a thread of his own. By one thread at a time.
 */
final class Seat implements AutoCloseable {

    private final Backend backend;
    private @Nullable Workspace workspace;
    private @Nullable Fusions fusions;

    Seat(Backend backend) {
        this.backend = backend;
    }

    /** Whether there is everything to compute with. */
    boolean isOpen() {
        return fusions != null;
    }

    /** Does what is assigned on the worker's thread; opens first, in the first task, so that a failure is that task's. */
    void compute(Assignment assignment) {
        if (fusions == null) {
            NativeThreads.oneForTheCallingThread();
            Workspace opened = Workspace.open();
            try {
                fusions = backend.open(opened);
                workspace = opened;
            } catch (RuntimeException | Error failure) {
                opened.close();
                throw failure;
            }
        }
        computeOpen(assignment);
    }

    /** Does what is assigned on a caller's thread; the seat is open. */
    void computeForCaller(Assignment assignment) {
        NativeThreads.oneDuring(() -> computeOpen(assignment));
    }

    private void computeOpen(Assignment assignment) {
        Workspace memory = workspace;
        Fusions own = fusions;
        if (memory == null || own == null) {
            throw new IllegalStateException("seat: is not open");
        }
        memory.takeOver();
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(memory)) {
            assignment.compute(own);
        }
    }

    /** Frees the memory; on the worker's thread. */
    @Override
    public void close() {
        if (workspace != null) {
            workspace.takeOver();
            workspace.close();
            workspace = null;
            fusions = null;
        }
    }
}
