package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.inference.Assignment.Order;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute. Each has a {@link Seat} and runs kernels with one native thread, so that workers never wait for each other
 * inside a kernel. A caller whose last task finds a worker idle computes it himself, in that worker's seat: to wake a thread and to be
 * woken by it may take longer than a short text. No more compute at once than there are seats.
 *
 * <p>Calls take turns, task by task, so a short one does not wait for the end of a long one. A task that can be divided is given to all
 * workers that are idle at that moment, at least to one; since they are idle they all start at once, and none waits for one that does not
 * come. Where nobody is idle, single texts of several calls that wait are computed together, as if one caller had had them all.
 */
final class Workers implements AutoCloseable {

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final int SPINS = 1 << 10; // a few dozen microseconds
    private static final int MOST_TOKENS_TOGETHER = 256; // more would cost the first text time and save little

    /**
     * How long a worker stays awake for the next call of a caller that has one text after another, who tokenizes meanwhile. A worker that
     * sleeps may be woken on the processor of another one and then waits for it; this one lets whoever wants it have its processor.
     */
    private static final long ALERT_NANOS = 1_000_000;

    private final int count;
    private final Backend backend;
    private final int fewestDividedTokens;
    private final int spins; // none where there is no processor to spare

    private final ReentrantLock lock = new ReentrantLock(); // guards what follows
    private final Deque<Call> calls = new ArrayDeque<>(); // those with tasks that wait, in the order of their turns
    private final Deque<Worker> idle = new ArrayDeque<>(); // the last one worked most recently
    private final List<Worker> started = new ArrayList<>();
    private final Deque<SharedRows> unusedRows = new ArrayDeque<>();
    private final List<SharedRows> allRows = new ArrayList<>();
    private int singles; // texts in work that were a call's only one
    private boolean dividing; // whether the backend can divide a text
    private volatile boolean closing; // set under the lock; nothing is given to a worker afterwards

    /** @param fewestDividedTokens a text with fewer is never divided, however many workers are idle */
    Workers(int count, Backend backend, int fewestDividedTokens) {
        this.count = count;
        this.backend = backend;
        this.fewestDividedTokens = fewestDividedTokens;
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

    /**
     * Like {@link #submit}, for the last tasks of a call, whose thread has nothing else to do: if a worker is idle, the last one is computed
     * here, before this returns.
     */
    void submitLast(Call call, List<Task> tasks) {
        for (int i = 0; i < tasks.size(); i++) {
            if (i < tasks.size() - 1) {
                submit(call, tasks.get(i));
            } else {
                computeOrSubmit(call, tasks.get(i));
            }
        }
    }

    private void computeOrSubmit(Call call, Task task) {
        Worker lender = null;
        Assignment assignment = null;
        if (mayCompute(Thread.currentThread())) {
            lock.lock();
            try {
                lender = calls.isEmpty() ? lender() : null;
                if (lender != null) {
                    calls.addLast(call);
                    call.add(task);
                    assignment = assignmentFor(lender);
                }
            } finally {
                lock.unlock();
            }
        }
        if (lender == null || assignment == null) {
            submit(call, task);
        } else {
            work(assignment, lender.seat::computeForCaller);
            giveBack(lender, assignment);
        }
    }

    private Assignment assignmentFor(Worker lender) {
        try {
            return nextAssignment();
        } catch (RuntimeException
                | Error failure) { // the system gives no more threads or memory for those who would divide it
            lender.lent = false;
            idle.addLast(lender);
            throw failure;
        }
    }

    /** Not on a virtual thread, which may continue on another native one; an interrupted thread has a cancellation to come. */
    private static boolean mayCompute(Thread thread) {
        boolean virtual =
                thread.getClass() != Thread.class && thread.getClass().getName().startsWith("java.lang.");
        return !virtual && !thread.isInterrupted();
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

    /** An idle worker whose seat a caller may have, sleeping if possible; it is not idle any more. */
    private @Nullable Worker lender() {
        Worker found = null;
        for (Worker worker : idle) {
            if (worker.seat.isOpen() && (found == null || worker.parked && !found.parked)) {
                found = worker;
            }
        }
        if (found != null) {
            idle.remove(found);
            found.lent = true;
        }
        return found;
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
        if (!task.divisible()) {
            return new Assignment(List.of(new Order(call, task)), task, null, 0);
        }
        boolean worthwhile = dividing && task.batch().tokenCount() >= fewestDividedTokens;
        Gang gang = worthwhile ? gangFor(task) : null;
        if (gang != null) {
            List<Order> order = List.of(new Order(call, task));
            for (int i = 1; i < gang.size(); i++) {
                anIdleOne().give(new Assignment(order, task, gang, i));
            }
            return new Assignment(order, task, gang, 0);
        }
        List<Order> orders = together(new Order(call, task));
        singles += orders.size();
        return new Assignment(orders, orders.size() == 1 ? task : task.joinedWith(others(orders)), null, 0);
    }

    /** A call's single text and as many that wait and go with it as are this thread's share of all there are. */
    private List<Order> together(Order first) {
        List<Order> orders = new ArrayList<>();
        orders.add(first);
        int waiting = 1;
        for (Call call : calls) {
            Task task = call.peek();
            waiting += task != null && first.task().goesWith(task) ? 1 : 0;
        }
        int most = (waiting + singles + count - 1) / count;
        int tokens = first.task().batch().tokenCount();
        for (Iterator<Call> each = calls.iterator(); orders.size() < most && each.hasNext(); ) {
            Call call = each.next();
            Task task = call.peek();
            if (task != null && first.task().goesWith(task)) {
                tokens += task.batch().tokenCount();
                if (tokens > MOST_TOKENS_TOGETHER) {
                    break;
                }
                orders.add(new Order(call, task));
                call.next();
                if (!call.hasWaiting()) {
                    each.remove();
                }
            }
        }
        return orders;
    }

    private static List<Task> others(List<Order> orders) {
        return orders.stream().skip(1).map(Order::task).toList();
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

    /** Computes and tells whoever waits. */
    private void work(Assignment assignment, Consumer<Assignment> seat) {
        try {
            seat.accept(assignment);
        } catch (Throwable failure) {
            assignment.failed(failure);
        }
        assignment.finished();
        Gang gang = assignment.gang();
        if (gang != null && gang.leave()) {
            release(gang.rows());
        }
    }

    /** The lender is idle again, or has something to do. */
    private void giveBack(Worker lender, Assignment done) {
        lock.lock();
        try {
            lender.lent = false;
            forget(done);
            if (calls.isEmpty()) {
                idle.addLast(lender);
            } else {
                lender.give(nextAssignment());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts the single texts that are no longer in work. */
    private void forget(Assignment done) {
        if (done.gang() == null && done.task().divisible()) {
            singles -= done.orders().size();
        }
    }

    private final class Worker implements Runnable {

        final Thread thread = new Thread(this, "retort-worker-" + NUMBERS.getAndIncrement());
        private volatile @Nullable Assignment given;
        private volatile boolean parked;
        private volatile boolean lent; // the seat, set under the lock
        private final Seat seat = new Seat(backend);

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
                    work(next, seat::compute);
                    next = next(next);
                }
            } finally {
                seat.close();
            }
        }

        /** What to do next, or null at the end. */
        private @Nullable Assignment next(Assignment done) {
            lock.lock();
            try {
                forget(done);
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
            while (given == null && !closing && !lent && System.nanoTime() < end) {
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
