package dev.retort.train;

import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that compute a training step. Each owns its memory and its fused functions and runs kernels with one native thread
 * ({@code docs/decisions/0005-threads.md}); a batch's texts are divided among them. Of a batch that does not divide evenly the first
 * computes all, with the native threads of all.
 *
 * <p>A step is several pieces of work, each done by all threads before the next begins: the tensors of a step live as long
 * as {@link #inStep} runs, so gradients of one piece can be read in the next, by other threads too. One caller at a time.
 */
final class TrainingThreads implements AutoCloseable {

    private final List<Member> members;
    private boolean closed;

    /** What one thread does. */
    @FunctionalInterface
    interface Piece {

        /**
         * @param thread the thread's number, from 0
         * @param fusions the thread's own
         */
        void run(int thread, Fusions fusions);
    }

    private TrainingThreads(List<Member> members) {
        this.members = members;
    }

    /**
     * Starts threads.
     *
     * @param count at least one
     */
    static TrainingThreads open(int count, Backend backend) {
        if (count < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, got " + count);
        }
        List<Member> members = new ArrayList<>();
        for (int thread = 0; thread < count; thread++) {
            members.add(new Member(thread));
        }
        TrainingThreads threads = new TrainingThreads(List.copyOf(members));
        try {
            threads.onEach(member -> member.open(backend));
            return threads;
        } catch (RuntimeException | Error failure) {
            threads.close();
            throw failure;
        }
    }

    /** How many there are. */
    int count() {
        return members.size();
    }

    /** A scope of a thread's memory, inside the step that is open or by itself; to be opened and closed on that thread. */
    StepScope openScope(int thread) {
        return StepScope.open(members.get(thread).workspace());
    }

    /**
     * Runs a step: what its pieces compute stays readable until it ends, or fails. An interrupt waits until then.
     *
     * <p>Where there is one thread, it runs all of the step, and no piece is handed over: a step of heads alone is shorter than a few
     * hand-overs.
     *
     * @param work what the step is, in pieces and what lies between them
     * @throws CancellationException if the calling thread is interrupted; the step may be done all the same
     */
    <T> T inStep(Supplier<T> work) {
        if (members.size() > 1) {
            return openAndRun(work);
        }
        List<T> result = new ArrayList<>();
        onFirst((thread, fusions) -> result.add(openAndRun(work)));
        return result.get(0);
    }

    private <T> T openAndRun(Supplier<T> work) {
        try {
            onEach(Member::openStep);
            return work.get();
        } finally {
            await(submit(Member::closeStep));
        }
    }

    /**
     * Runs a piece on every thread and waits for all.
     *
     * @throws RuntimeException what the first thread that failed threw, an error as well, after all have ended
     * @throws CancellationException if the calling thread is interrupted; the threads end their piece all the same
     */
    void onAll(Piece piece) {
        onEach(member -> piece.run(member.number, member.fusions()));
    }

    /** Runs a piece on the first thread alone. */
    void onFirst(Piece piece) {
        Member first = members.get(0);
        requireUninterrupted(await(List.of(first.submit(() -> piece.run(first.number, first.fusions())))));
    }

    /** Runs a piece on the first thread alone, whose kernels divide their work among as many native threads as there are threads here. */
    void onFirstForAll(Piece piece) {
        onFirst((thread, fusions) -> {
            NativeThreads.forTheCallingThread(count());
            try {
                piece.run(thread, fusions);
            } finally {
                NativeThreads.forTheCallingThread(1);
            }
        });
    }

    @FunctionalInterface
    private interface Work {
        void on(Member member);
    }

    private void onEach(Work work) {
        requireUninterrupted(await(submit(work)));
    }

    private List<Future<?>> submit(Work work) {
        List<Future<?>> running = new ArrayList<>();
        for (Member member : members) {
            running.add(member.submit(() -> work.on(member)));
        }
        return running;
    }

    private static void requireUninterrupted(boolean interrupted) {
        if (interrupted) {
            throw new CancellationException("training: interrupted");
        }
    }

    /** @return whether the calling thread was interrupted meanwhile; its flag is set again then */
    private static boolean await(List<Future<?>> running) {
        Throwable failure = null;
        boolean interrupted = false;
        for (Future<?> one : running) {
            boolean ended = false;
            while (!ended) { // nobody may still be writing into memory that the caller frees next
                try {
                    one.get();
                    ended = true;
                } catch (ExecutionException thrown) {
                    failure = failure == null ? thrown.getCause() : failure;
                    ended = true;
                } catch (InterruptedException interruption) {
                    interrupted = true;
                }
            }
        }
        interrupted |= Thread.interrupted(); // also where nothing had to be waited for
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrow(failure);
        return interrupted;
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw new IllegalStateException("training: " + failure, failure);
        }
    }

    /** Ends the threads and frees their memory, also if the calling thread is interrupted. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            await(submit(Member::close));
        } finally {
            members.forEach(member -> member.executor.shutdown());
        }
    }

    /** One thread and what it owns; its methods run on it. */
    private static final class Member {

        private final int number;
        private final ExecutorService executor;
        private volatile @Nullable Thread thread;
        private @Nullable Workspace workspace;
        private @Nullable Fusions fusions;
        private @Nullable StepScope step;

        Member(int number) {
            this.number = number;
            ThreadFactory daemon = work -> {
                Thread thread = new Thread(work, "retort-training-" + number);
                thread.setDaemon(true);
                return thread;
            };
            this.executor = Executors.newSingleThreadExecutor(daemon);
        }

        /** Has its thread run something; at once where that is the calling thread. */
        Future<?> submit(Runnable work) {
            if (Thread.currentThread() != thread) {
                return executor.submit(work);
            }
            FutureTask<?> done = new FutureTask<>(work, null);
            done.run();
            return done;
        }

        void open(Backend backend) {
            thread = Thread.currentThread();
            NativeThreads.oneForTheCallingThread();
            Workspace opened = Workspace.open();
            workspace = opened;
            fusions = backend.open(opened);
        }

        Fusions fusions() {
            if (fusions == null) {
                throw new IllegalStateException("training thread " + number + ": is not open");
            }
            return fusions;
        }

        Workspace workspace() {
            if (workspace == null) {
                throw new IllegalStateException("training thread " + number + ": is not open");
            }
            return workspace;
        }

        void openStep() {
            if (step != null) {
                throw new IllegalStateException("training thread " + number + ": a step is open already");
            }
            step = StepScope.open(workspace());
        }

        void closeStep() {
            if (step != null) {
                step.close();
                step = null;
            }
        }

        void close() {
            closeStep();
            if (workspace != null) {
                workspace.close();
                workspace = null;
                fusions = null;
            }
        }
    }
}
