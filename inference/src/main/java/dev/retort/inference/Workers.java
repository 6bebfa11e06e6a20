package dev.retort.inference;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute. Each owns its memory and its fused functions and runs kernels with one native thread, so that workers never
 * wait for each other inside a kernel; callers' threads never compute.
 */
final class Workers implements AutoCloseable {

    private static final ThreadLocal<@Nullable Worker> CURRENT = new ThreadLocal<>();
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final ExecutorService executor;
    private final List<Thread> threads = new CopyOnWriteArrayList<>(); // all that were started
    private final int count;
    private final Backend backend;

    /** What a worker thread owns. */
    private record Worker(Workspace workspace, Fusions fusions) {}

    Workers(int count, Backend backend) {
        this.count = count;
        this.backend = backend;
        this.executor = Executors.newFixedThreadPool(count, body -> {
            Thread thread = new Thread(() -> work(body), "retort-worker-" + NUMBERS.getAndIncrement());
            thread.setDaemon(true);
            thread.setContextClassLoader(Workers.class.getClassLoader()); // rather than hold on to the first caller's
            threads.add(thread);
            return thread;
        });
    }

    private static void work(Runnable body) {
        try {
            body.run();
        } finally {
            Worker worker = CURRENT.get();
            if (worker != null) {
                CURRENT.remove();
                worker.workspace().close();
            }
        }
    }

    /** What the calling worker owns, made by its first task, so that a failure is that task's and reaches its caller. */
    private Worker worker() {
        Worker worker = CURRENT.get();
        if (worker == null) {
            NativeThreads.oneForTheCallingThread();
            Workspace workspace = Workspace.open();
            try {
                worker = new Worker(workspace, backend.open(workspace));
            } catch (RuntimeException | Error failure) {
                workspace.close();
                throw failure;
            }
            CURRENT.set(worker);
        }
        return worker;
    }

    int count() {
        return count;
    }

    /** Takes a batch's results. */
    @FunctionalInterface
    interface Collector<T> {
        void collect(Batch batch, List<T> results);
    }

    /**
     * Computes batches without gradients, each in a step scope of the worker that runs it.
     *
     * @param collector is given each batch's results as they arrive, on the calling thread
     * @throws java.util.concurrent.CancellationException if the calling thread is interrupted while it waits
     */
    <T> void compute(List<Batch> batches, BiFunction<Batch, Fusions, List<T>> computation, Collector<T> collector) {
        CompletionService<Runnable> call = new ExecutorCompletionService<>(executor);
        List<Future<Runnable>> pending = new ArrayList<>();
        for (Batch batch : batches) {
            pending.add(call.submit(() -> {
                List<T> results = inScope(fusions -> computation.apply(batch, fusions));
                return () -> collector.collect(batch, results);
            }));
        }
        try {
            for (int i = 0; i < pending.size(); i++) {
                resultOf(call.take()).run();
            }
        } catch (InterruptedException interruption) {
            throw Lifetime.cancelled(interruption);
        } finally {
            pending.forEach(task -> task.cancel(false)); // of a call that failed; after a success none is left
        }
    }

    private <T> T inScope(Function<Fusions, T> computation) {
        Worker worker = worker();
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(worker.workspace())) {
            return computation.apply(worker.fusions());
        }
    }

    /** A finished task's result; what it threw is thrown here. */
    private static <T> T resultOf(Future<T> finished) throws InterruptedException {
        try {
            return finished.get();
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause();
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("encode: " + cause, cause);
        }
    }

    /** Ends the threads, each of which frees its memory; waits for tasks in work and for the threads. */
    @Override
    public void close() {
        executor.shutdown();
        boolean interrupted = false;
        for (Thread thread : threads) { // an ended executor's threads may still be freeing their memory
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException interruption) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
