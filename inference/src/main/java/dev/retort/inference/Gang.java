package dev.retort.inference;

import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Those who divide a task. */
final class Gang {

    /**
     * What a layer must be to be divided: tokens times the bytes of its weights. Below it a thread does it in some 0.2 ms, in which two meet
     * four times. That gains little on an idle machine, and beside a busy thread it takes twice as long (docs/decisions/0005-threads.md).
     */
    private static final long LEAST_WORK_A_LAYER = 20_000_000;

    private final SharedRows rows;
    private final int size;
    private final AtomicInteger busy;
    private final AtomicBoolean failed = new AtomicBoolean();

    Gang(SharedRows rows, int size) {
        this.rows = rows;
        this.size = size;
        this.busy = new AtomicInteger(size);
    }

    /**
     * From how many tokens on a text is divided.
     *
     * @param precision of the weights
     */
    static int fewestTokens(DistilBertConfig config, Precision precision) {
        long hidden = config.hiddenSize();
        long weights = 4 * hidden * hidden + 2 * hidden * config.innerSize();
        long bytes = switch (precision) {
            case F32 -> 4 * weights;
            case BF16 -> 2 * weights;
            case INT8 -> weights;
        };
        return Math.toIntExact((LEAST_WORK_A_LAYER + bytes - 1) / bytes);
    }

    SharedRows rows() {
        return rows;
    }

    int size() {
        return size;
    }

    /** Whether this is the first failure; the others then fail for want of the one that did. */
    boolean failsFirst() {
        return failed.compareAndSet(false, true);
    }

    /** One has done its share; whether it is the last. */
    boolean leave() {
        return busy.decrementAndGet() == 0;
    }
}
