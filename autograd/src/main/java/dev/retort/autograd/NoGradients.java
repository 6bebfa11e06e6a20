package dev.retort.autograd;

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
