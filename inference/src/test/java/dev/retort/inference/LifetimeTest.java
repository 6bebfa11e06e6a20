package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LifetimeTest {

    private final Lifetime lifetime = new Lifetime("encoder");
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void close_whileACallRuns_waitsForItAndReleasesAfterwards() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        AtomicBoolean released = new AtomicBoolean();
        Future<Boolean> call = threads.submit(() -> lifetime.whileOpen(() -> {
            running.countDown();
            await(finish);
            return released.get();
        }));
        running.await();
        Future<?> closing = threads.submit(() -> lifetime.close(() -> released.set(true)));

        while (!refusesCalls()) {
            Thread.onSpinWait();
        }
        assertThat(closing.isDone()).isFalse();
        finish.countDown();

        assertThat(call.get(10, TimeUnit.SECONDS))
                .as("released while the call ran")
                .isFalse();
        closing.get(10, TimeUnit.SECONDS);
        assertThat(released).isTrue();
    }

    @Test
    void whileOpen_afterClose_failsClearly() {
        lifetime.close(() -> {});

        assertThatThrownBy(() -> lifetime.whileOpen(() -> 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("encoder: already closed");
    }

    @Test
    void whileOpen_insideACall_isAllowed() {
        assertThat(lifetime.<Integer>whileOpen(() -> lifetime.whileOpen(() -> 7)))
                .isEqualTo(7);
    }

    @Test
    void close_insideACall_failsInsteadOfWaitingForItself() {
        assertThatThrownBy(() -> lifetime.whileOpen(() -> {
                    lifetime.close(() -> {});
                    return 1;
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed from inside one of its own calls");
        assertThat(lifetime.<Integer>whileOpen(() -> 7)).isEqualTo(7);
    }

    @Test
    void cancelled_interruptedThread_keepsItsFlag() {
        CancellationException cancelled = Lifetime.cancelled(new InterruptedException());

        assertThat(cancelled).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    private boolean refusesCalls() {
        try {
            lifetime.requireOpen();
            return false;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interruption) {
            throw new IllegalStateException(interruption);
        }
    }
}
