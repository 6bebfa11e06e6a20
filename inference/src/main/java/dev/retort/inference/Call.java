package dev.retort.inference;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One caller's tasks, some waiting, some in work, some done. The caller adds tasks and takes them back when they are done; {@link Workers}
 * take them in between, under a lock of theirs.
 */
final class Call {

    private final Thread caller = Thread.currentThread();
    private final Queue<Task> waiting = new ArrayDeque<>(); // guarded by the workers' lock
    private final Queue<Task> done = new ArrayDeque<>(); // guarded by itself
    private volatile boolean news; // since the caller last looked
    private volatile @Nullable Throwable failure; // the first one

    // ---- the workers' side ----

    void add(Task task) {
        waiting.add(task);
    }

    /** The next task, or null. */
    @Nullable
    Task next() {
        return waiting.poll();
    }

    /** The task that {@link #next} would take. */
    @Nullable
    Task peek() {
        return waiting.peek();
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    void dropWaiting() {
        waiting.clear();
    }

    void finished(Task task) {
        synchronized (done) {
            done.add(task);
        }
        wake();
    }

    synchronized void failed(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        }
        wake();
    }

    private void wake() {
        news = true;
        LockSupport.unpark(caller);
    }

    // ---- the caller's side ----

    /**
     * Waits for a task that is done.
     *
     * @param spins how often to look before giving up the processor
     * @throws InterruptedException if the thread is interrupted meanwhile
     * @throws RuntimeException what a task threw, an error as well
     */
    Task take(int spins) throws InterruptedException {
        for (int i = 0; i < spins && !news; i++) {
            Thread.onSpinWait();
        }
        while (true) {
            Task task = poll();
            if (task != null) {
                return task;
            }
            while (!news) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.park(this);
            }
        }
    }

    /** A task that is done, or null; what a task threw is thrown here. */
    @Nullable
    Task poll() {
        news = false; // before looking, so that what comes meanwhile is looked at next time
        throwFailure();
        synchronized (done) {
            Task task = done.poll();
            news |= !done.isEmpty();
            return task;
        }
    }

    private void throwFailure() {
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw new IllegalStateException("encode: " + thrown, thrown);
        }
    }
}
