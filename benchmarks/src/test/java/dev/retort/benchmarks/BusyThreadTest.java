package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BusyThreadTest {

    @Test
    void close_runningThread_endsIt() throws InterruptedException {
        BusyThread busy = BusyThread.start();
        while (busy.turns() == 0) {
            Thread.sleep(1);
        }
        busy.close();
        long after = busy.turns();
        Thread.sleep(20);
        assertThat(busy.turns()).isEqualTo(after);
    }
}
