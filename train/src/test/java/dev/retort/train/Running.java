package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** The threads that training starts. */
final class Running {

    private static final int MOST_WAITS = 500;

    private Running() {}

    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("retort-training") || name.startsWith("retort-optimizer"))
                .toList();
    }

    /** A thread that was told to end may take a moment. */
    static void assertNoThreads() throws InterruptedException {
        for (int i = 0; i < MOST_WAITS && !threads().isEmpty(); i++) {
            Thread.sleep(10);
        }
        assertThat(threads()).isEmpty();
    }
}
