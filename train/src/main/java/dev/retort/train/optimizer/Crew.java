package dev.retort.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that work through a list of tasks, the calling one among them. Tasks touch different memory, so who takes
 * which does not show in the result.
 */
final class Crew implements AutoCloseable {

    /** With fewer elements, a few hundred microseconds of one thread, waking a thread and waiting for it costs more than it helps. */
    private static final long FEWEST_ELEMENTS_TO_DIVIDE = 1 << 19;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final List<Scratch> scratches = new ArrayList<>(); // one a thread
    private final ExecutorService others;

    /** What a thread works at, with arrays that it has for itself meanwhile. */
    @FunctionalInterface
    interface Task {
        void run(Scratch scratch);
    }

    Crew(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected 1 or more, got " + threads);
        }
        for (int i = 0; i < threads; i++) {
            scratches.add(new Scratch());
        }
        this.others = Executors.newFixedThreadPool(Math.max(1, threads - 1), work -> {
            Thread thread = new Thread(work, "retort-optimizer-" + NUMBERS.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Runs all tasks and returns when none runs any more, even if the calling thread is interrupted. A failure is thrown then.
     *
     * @param elements of all tasks together; few are the calling thread's alone
     */
    void run(List<? extends Task> tasks, long elements) {
        int threads = elements < FEWEST_ELEMENTS_TO_DIVIDE ? 1 : Math.min(scratches.size(), tasks.size());
        Work work = new Work(tasks, Math.max(1, threads));
        for (int i = 1; i < work.threads; i++) {
            Scratch scratch = scratches.get(i);
            others.execute(() -> work.run(scratch));
        }
        work.run(scratches.get(0));
        work.await();
    }

    /** One list of tasks. */
    private static final class Work {

        private final List<? extends Task> tasks;
        private final int threads;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final CountDownLatch running;

        Work(List<? extends Task> tasks, int threads) {
            this.tasks = tasks;
            this.threads = threads;
            this.running = new CountDownLatch(threads);
        }

        void run(Scratch scratch) {
            try {
                for (int i = next.getAndIncrement(); i < tasks.size(); i = next.getAndIncrement()) {
                    tasks.get(i).run(scratch);
                }
            } catch (Throwable e) { // not lost with the thread
                failure.compareAndSet(null, e);
            } finally {
                running.countDown();
            }
        }

        void await() {
            boolean interrupted = false;
            while (true) {
                try {
                    running.await();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true; // memory is in use until the last thread is done
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable thrown = failure.get();
            if (thrown != null) {
                throw new IllegalStateException("optimiser: an update failed half-way: " + thrown.getMessage(), thrown);
            }
        }
    }

    @Override
    public void close() {
        others.shutdown();
    }
}
