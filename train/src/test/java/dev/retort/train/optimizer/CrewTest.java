package dev.retort.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CrewTest {

    private static final long MANY = 1 << 24;

    @Test
    void run_fewElements_staysOnTheCallingThread() {
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        try (Crew crew = new Crew(2)) {
            crew.run(Collections.nCopies(8, scratch -> used.add(Thread.currentThread())), 1_000);
        }
        assertThat(used).containsExactly(Thread.currentThread());
    }

    @Test
    void run_manyElements_everyThreadTakesTasks() {
        CyclicBarrier both = new CyclicBarrier(2);
        Crew.Task meeting = scratch -> {
            try {
                both.await(1, TimeUnit.MINUTES);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        try (Crew crew = new Crew(2)) {
            crew.run(List.of(meeting, meeting), MANY); // ends only if two threads are in it
        }
    }

    @Test
    void run_aTaskFails_throwsAfterTheOthersRan() {
        Set<Integer> ran = ConcurrentHashMap.newKeySet();
        try (Crew crew = new Crew(1)) {
            Crew.Task failing = scratch -> {
                throw new IllegalArgumentException("no");
            };
            assertThatThrownBy(() -> crew.run(List.of(scratch -> ran.add(0), failing), MANY))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no");
        }
        assertThat(ran).containsExactly(0);
    }

    @Test
    void run_noTasks_returns() {
        try (Crew crew = new Crew(2)) {
            crew.run(List.of(), 0);
        }
    }
}
