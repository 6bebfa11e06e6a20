package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.TensorLibrary;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The tensor library on its way into the process, which is half of the time that a first model takes, on a thread of its own. What computes
 * is loaded beside it by whoever waits.
 */
final class NativeLoading {

    private final FutureTask<Void> task = new FutureTask<>(TensorLibrary::require, null);

    private NativeLoading() {}

    /** Begins. What is loaded already costs nothing. */
    static NativeLoading start() {
        NativeLoading loading = new NativeLoading();
        Thread thread = new Thread(loading.task, "retort-tensor-library");
        thread.setDaemon(true);
        thread.setContextClassLoader(NativeLoading.class.getClassLoader()); // rather than hold on to the caller's
        thread.start();
        return loading;
    }

    /**
     * Waits for the end.
     *
     * @return what computes
     * @throws dev.retort.core.NativeLibraryException if the tensor library does not load on this machine
     * @throws InterruptedIOException if the thread is interrupted; its flag stays set
     */
    Backend await() throws InterruptedIOException {
        Backend backend = Backend.find();
        try {
            task.get();
            return backend;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("load: interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException("libraries: " + e.getCause(), e);
        }
    }
}
