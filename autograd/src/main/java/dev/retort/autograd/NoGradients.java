package dev.retort.autograd;

import dev.retort.core.StepScope;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * While open, on the calling thread, results record no operation: nothing is kept for backward.
 *
 * <pre>{@code
 * try (NoGradients off = NoGradients.open()) {
 *     Variable hidden = encoder.forward(tokens, fusions, Mode.INFERENCE);
 * }
 * }</pre>
 */
public final class NoGradients implements AutoCloseable {

    private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

    private boolean closed;

    private NoGradients() {
        DEPTH.set(DEPTH.get() + 1);
    }

    /** Starts recording nothing. Nests. */
    public static NoGradients open() {
        return new NoGradients();
    }

    /**
     * The result of a computation, without its temporaries: while gradients are off and a {@link StepScope} is open, everything else that
     * the computation creates is released at once, so that depth costs no memory. Otherwise the computation just runs.
     */
    public static Variable releasingTemporaries(Supplier<Variable> computation) {
        StepScope outer = StepScope.current();
        if (outer == null || !active()) {
            return computation.get();
        }
        INDArray kept;
        try (StepScope inner = outer.openInner()) {
            kept = inner.keep(computation.get().value());
        }
        return Variable.constant(kept);
    }

    static boolean active() {
        return DEPTH.get() > 0;
    }

    /** Goes back to what was before. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            int depth = DEPTH.get() - 1;
            if (depth == 0) {
                DEPTH.remove();
            } else {
                DEPTH.set(depth);
            }
        }
    }
}
