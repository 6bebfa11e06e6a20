package dev.retort.inference;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.KernelThreads;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final int count;

    /** What a worker thread owns. */
    private record Worker(Workspace workspace, Fusions fusions) {}

    Workers(int count, Backend backend) {
        this.count = count;
        this.executor = Executors.newFixedThreadPool(count, body -> {
            Thread thread = new Thread(() -> work(body, backend), "retort-worker-" + NUMBERS.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    private static void work(Runnable body, Backend backend) {
        KernelThreads.useOne();
        try (Workspace workspace = Workspace.open()) {
            CURRENT.set(new Worker(workspace, backend.open(workspace)));
            body.run();
        } finally {
            CURRENT.remove();
        }
    }

    int count() {
        return count;
    }

    /** Tasks of one call, whose results arrive as they are ready. */
    <T> CompletionService<T> newCall() {
        return new ExecutorCompletionService<>(executor);
    }

    /** A task that computes without gradients, in a step scope of the worker that runs it. */
    static <T> Callable<T> inScope(Function<Fusions, T> computation) {
        return () -> {
            Worker worker = CURRENT.get();
            if (worker == null) {
                throw new IllegalStateException("workers: not on a worker thread");
            }
            try (NoGradients off = NoGradients.open();
                    StepScope step = StepScope.open(worker.workspace())) {
                return computation.apply(worker.fusions());
            }
        };
    }

    /** A finished task's result; what it threw is thrown here. */
    static <T> T resultOf(Future<T> finished) throws InterruptedException {
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

    /** Ends the threads and frees their memory; waits for tasks in work. */
    @Override
    public void close() {
        executor.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = executor.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException interruption) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
