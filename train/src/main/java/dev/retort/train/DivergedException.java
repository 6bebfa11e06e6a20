package dev.retort.train;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The loss is no finite number any more; the parameters are those before the step. The message says step, task and the last finite losses. */
public final class DivergedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final long step;

    /**
     * @param step from 0
     * @param task whose loss is not finite
     * @param loss what it is
     * @param lastFinite the losses of the step before; empty at the first
     * @param checkpoint the last good one, or null if there is none
     */
    DivergedException(long step, String task, double loss, Map<String, Double> lastFinite, @Nullable Path checkpoint) {
        super("diverged at step " + step + ": the loss of " + task + " is " + loss + "; last finite losses: "
                + (lastFinite.isEmpty() ? "none" : lastFinite) + "; last checkpoint: "
                + (checkpoint == null ? "none" : checkpoint) + "; a lower learning rate or clipping may help");
        this.step = step;
    }

    /** The step at which it happened, from 0. */
    public long step() {
        return step;
    }
}
