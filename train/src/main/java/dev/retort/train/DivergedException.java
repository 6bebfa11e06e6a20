package dev.retort.train;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loss, a gradient or a parameter is no finite number any more. The message says at which step, what it is of which task or parameter,
 * and the last finite losses. Checkpoints hold finite parameters only.
 */
public final class DivergedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final long step;

    /**
     * @param step how many steps were done before
     * @param what is not finite: {@code the loss of topic}
     * @param value what it is
     * @param lastFinite the losses of the step before; empty at the first
     * @param checkpoint the last good one, or null if there is none
     */
    DivergedException(long step, String what, double value, Map<String, Double> lastFinite, @Nullable Path checkpoint) {
        super("diverged at step " + step + ": " + what + " is " + value + "; last finite losses: "
                + (lastFinite.isEmpty() ? "none" : lastFinite) + "; last checkpoint: "
                + (checkpoint == null ? "none" : checkpoint) + "; a lower learning rate or clipping may help");
        this.step = step;
    }

    /** How many steps were done before. */
    public long step() {
        return step;
    }
}
