package dev.retort.inference;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.NativeThreads;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute. Each owns its memory and its fused functions and runs kernels with one native thread, so that workers never
 * wait for each other inside a kernel; callers' threads never compute.
 *
 * <p>Calls take turns, task by task, so a short one does not wait for the end of a long one. A task that can be divided is given to all
 * workers that are idle at that moment, at least to one; since they are idle they all start at once, and none waits for one that does not
 * come.
 */
final class Workers implements AutoCloseable {

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final int SPINS = 1 << 10; // a few dozen microseconds

    /**
     * How long a worker stays awake for the next call of a caller that has one text after another. A worker that sleeps may be woken on the
     * processor of another one and then waits for it; meanwhile it lets others have its processor, the caller above all.
     */
    private static final long ALERT_NANOS = 100_000;

    private final int count;
    private final Backend backend;
    private final int spins; // none where there is no processor to spare

    private final ReentrantLock lock = new ReentrantLock(); // guards what follows
    private final Deque<Call> calls = new ArrayDeque<>(); // those with tasks that wait, in the order of their turns
    private final Deque<Worker> idle = new ArrayDeque<>(); // the last one worked most recently
    private final List<Worker> started = new ArrayList<>();
    private final Deque<SharedRows> unusedRows = new ArrayDeque<>();
    private final List<SharedRows> allRows = new ArrayList<>();
    private boolean dividing; // whether the backend can divide a text
    private volatile boolean closing; // set under the lock; nothing is given to a worker afterwards

    Workers(int count, Backend backend) {
        this.count = count;
        this.backend = backend;
        this.spins = count < Runtime.getRuntime().availableProcessors() ? SPINS : 0;
        this.dividing = count > 1;
    }

    int count() {
        return count;
    }

    /** How many wait for something to do; for tests. */
    int idleCount() {
        lock.lock();
        try {
            return idle.size();
        } finally {
            lock.unlock();
        }
    }

    // ---- callers ----

    /** Puts a task at the end of a call's tasks. The call's thread only. */
    void submit(Call call, Task task) {
        lock.lock();
        try {
            if (!call.hasWaiting()) {
                calls.addLast(call);
            }
            call.add(task);
            while (!calls.isEmpty() && canStart()) {
                Worker worker = anIdleOne();
                worker.give(nextAssignment());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a task of a call. */
    Task take(Call call) {
        try {
            return call.take(spins);
        } catch (InterruptedException interruption) {
            throw Lifetime.cancelled(interruption);
        }
    }

    /** Forgets the tasks of a call that wait; those in work go on. */
    void giveUp(Call call) {
        lock.lock();
        try {
            call.dropWaiting();
            calls.remove(call);
        } finally {
            lock.unlock();
        }
    }

    // ---- under the lock ----

    private boolean canStart() {
        return !idle.isEmpty() || started.size() < count;
    }

    private Worker anIdleOne() {
        Worker worker = idle.pollLast();
        return worker == null ? start() : worker;
    }

    private Worker start() {
        Worker worker = new Worker();
        started.add(worker);
        worker.thread.start();
        return worker;
    }

    /** The first call's next task, for the thread that asks or is about to be given it; others that it needs are given it here. */
    private Assignment nextAssignment() {
        Call call = calls.removeFirst();
        Task task = call.next();
        if (task == null) {
            throw new IllegalStateException("workers: a call without tasks waits");
        }
        if (call.hasWaiting()) {
            calls.addLast(call);
        }
        Gang gang = task.divisible() && dividing ? gangFor(task) : null;
        for (int i = 1; gang != null && i < gang.size; i++) {
            anIdleOne().give(new Assignment(call, task, gang, i));
        }
        return new Assignment(call, task, gang, 0);
    }

    /** Those who divide a task, or null if one worker does it. */
    private @Nullable Gang gangFor(Task task) {
        int free = 1 + idle.size() + count - started.size();
        SharedRows rows = free > 1 ? unusedRows() : null;
        if (rows == null) {
            return null;
        }
        int size = rows.workersFor(task.batch().tokenCount(), Math.min(free, count));
        if (size < 2) {
            unusedRows.addLast(rows);
            return null;
        }
        rows.begin(task.batch().layout(), size);
        return new Gang(rows, size);
    }

    private @Nullable SharedRows unusedRows() {
        SharedRows rows = unusedRows.pollLast();
        if (rows == null) {
            rows = backend.openSharedRows();
            dividing = rows != null;
            if (rows != null) {
                allRows.add(rows);
            }
        }
        return rows;
    }

    // ---- workers ----

    /** Workers that divide a task. */
    private static final class Gang {
        final SharedRows rows;
        final int size;
        final AtomicInteger busy;
        final AtomicBoolean failed = new AtomicBoolean();

        Gang(SharedRows rows, int size) {
            this.rows = rows;
            this.size = size;
            this.busy = new AtomicInteger(size);
        }
    }

    /** What one worker is to do: a task, or the share of a task that has this number. */
    private record Assignment(
            Call call, Task task, @Nullable Gang gang, int share) {}

    private final class Worker implements Runnable {

        final Thread thread = new Thread(this, "retort-worker-" + NUMBERS.getAndIncrement());
        private volatile @Nullable Assignment given;
        private volatile boolean parked;
        private @Nullable Workspace workspace;
        private @Nullable Fusions fusions;

        Worker() {
            thread.setDaemon(true);
            thread.setContextClassLoader(Workers.class.getClassLoader()); // rather than hold on to the first caller's
        }

        void give(Assignment assignment) {
            given = assignment;
            if (parked) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            try {
                Assignment next = awaitGiven();
                while (next != null) {
                    work(next);
                    next = next();
                }
            } finally {
                if (workspace != null) {
                    workspace.close();
                }
            }
        }

        /** What to do next, or null at the end. */
        private @Nullable Assignment next() {
            lock.lock();
            try {
                if (!calls.isEmpty()) {
                    return nextAssignment();
                }
                if (closing) {
                    return null;
                }
                idle.addLast(this);
            } finally {
                lock.unlock();
            }
            return awaitGiven();
        }

        private @Nullable Assignment awaitGiven() {
            long end = System.nanoTime() + ALERT_NANOS;
            while (given == null && !closing && System.nanoTime() < end) {
                Thread.yield();
            }
            parked = true;
            while (given == null && !closing) { // takes no lock, whose waiting would use up the permit to go on
                LockSupport.park(Workers.this);
            }
            parked = false;
            Assignment assignment = given;
            given = null;
            return assignment;
        }

        private void work(Assignment assignment) {
            Call call = assignment.call();
            Gang gang = assignment.gang();
            try {
                compute(assignment);
            } catch (Throwable failure) { // the caller's to handle, whatever it is
                if (gang == null || gang.failed.compareAndSet(false, true)) { // the others fail for want of this one
                    call.failed(failure);
                }
                if (gang != null) {
                    gang.rows.abandon();
                }
            }
            if (gang == null) {
                call.finished(assignment.task());
            } else if (gang.busy.decrementAndGet() == 0) {
                release(gang.rows);
                call.finished(assignment.task());
            }
        }

        private void compute(Assignment assignment) {
            Fusions own = open();
            try (NoGradients off = NoGradients.open();
                    StepScope step = StepScope.open(memory())) {
                if (assignment.gang() == null) {
                    assignment.task().compute(own);
                } else {
                    assignment.task().computeShare(assignment.share(), assignment.gang().rows, own);
                }
            }
        }

        /** Makes what the worker owns, in its first task, so that a failure is that task's and reaches its caller. */
        private Fusions open() {
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
            return fusions;
        }

        private Workspace memory() {
            if (workspace == null) {
                throw new IllegalStateException("worker: has no memory");
            }
            return workspace;
        }
    }

    private void release(SharedRows rows) {
        lock.lock();
        try {
            unusedRows.addLast(rows);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the threads, each of which frees its memory; waits for tasks in work and for the threads. */
    @Override
    public void close() {
        List<Worker> ending;
        lock.lock();
        try {
            closing = true;
            ending = List.copyOf(started);
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Worker worker : ending) {
            LockSupport.unpark(worker.thread);
        }
        for (Worker worker : ending) {
            while (worker.thread.isAlive()) {
                try {
                    worker.thread.join();
                } catch (InterruptedException interruption) {
                    interrupted = true;
                }
            }
        }
        allRows.forEach(SharedRows::close);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
