package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one computing thread is to do: a task of a call, several calls' tasks as one, or a share of a task.
 *
 * @param orders for whom; more than one if they are computed together
 * @param task what is computed
 * @param gang who divides the task, or null if nobody does
 * @param share this thread's number in the gang; number 0 has the result
 */
record Assignment(List<Order> orders, Task task, @Nullable Gang gang, int share) {

    /** A call's task. */
    record Order(Call call, Task task) {}

    void compute(Fusions own) {
        if (gang == null) {
            task.compute(own);
        } else {
            task.computeShare(share, gang.rows(), own);
        }
    }

    /** The failure is every caller's to handle, whatever it is. */
    void failed(Throwable failure) {
        if (gang == null || gang.failsFirst()) {
            orders.forEach(order -> order.call().failed(failure));
        }
        if (gang != null) {
            gang.rows().abandon();
        }
    }

    /** Tells the callers, who need not wait for the shares that have no result. */
    void finished() {
        if (share == 0) {
            orders.forEach(order -> order.call().finished(order.task()));
        }
    }
}
