package dev.retort.inference;

import dev.retort.autograd.fusion.SharedRows;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Those who divide a task. */
final class Gang {

    private final SharedRows rows;
    private final int size;
    private final AtomicInteger busy;
    private final AtomicBoolean failed = new AtomicBoolean();

    Gang(SharedRows rows, int size) {
        this.rows = rows;
        this.size = size;
        this.busy = new AtomicInteger(size);
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
