package dev.retort.inference;

import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** Open until closed: calls run while it is open, closing waits for running calls, later calls fail. */
final class Lifetime {

    private final String subject;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(); // read: a call runs; write: closing
    private volatile boolean closed;

    Lifetime(String subject) {
        this.subject = subject;
    }

    /**
     * @throws IllegalStateException if closed
     * @throws CancellationException if the thread is interrupted while another closes
     */
    <T> T whileOpen(Supplier<T> call) {
        requireOpen();
        try {
            lock.readLock().lockInterruptibly();
        } catch (InterruptedException interruption) {
            throw cancelled(interruption);
        }
        try {
            requireOpen();
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(subject + ": already closed");
        }
    }

    /** Refuses calls from now on, waits for those that run, then releases. */
    void close(Runnable release) {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException(subject + ": closed from inside one of its own calls");
        }
        closed = true;
        lock.writeLock().lock();
        try {
            release.run();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** What an interrupted call throws; the thread's interrupt flag is set again. */
    static CancellationException cancelled(InterruptedException interruption) {
        Thread.currentThread().interrupt();
        CancellationException cancelled = new CancellationException("encode: interrupted while waiting for results");
        cancelled.initCause(interruption);
        return cancelled;
    }
}
