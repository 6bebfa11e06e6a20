package dev.retort.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MeetingTest {

    private static final int MEMBERS = 3;
    private static final int ROUNDS = 2_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void await_manyRounds_letsNobodyGoAhead() throws Exception {
        Meeting meeting = new Meeting(MEMBERS);
        AtomicInteger arrivals = new AtomicInteger();
        List<Future<?>> members = new ArrayList<>();
        for (int m = 0; m < MEMBERS; m++) {
            int member = m;
            members.add(threads.submit(() -> {
                for (int round = 1; round <= ROUNDS; round++) {
                    arrivals.incrementAndGet();
                    meeting.await(member);
                    assertThat(arrivals.get()).isBetween(round * MEMBERS, round * MEMBERS + MEMBERS - 1);
                    meeting.await(member);
                    // twice a round, so that nobody counts for the next one before all have looked
                }
            }));
        }

        for (Future<?> member : members) {
            member.get(60, TimeUnit.SECONDS);
        }
        assertThat(arrivals).hasValue(ROUNDS * MEMBERS);
    }

    @Test
    void abandon_whileOneWaits_endsItsWaitAndLaterOnes() throws Exception {
        Meeting meeting = new Meeting(2);
        Future<?> waiting = threads.submit(() -> meeting.await(0));

        meeting.abandon();

        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> meeting.await(1)).isInstanceOf(CancellationException.class);
    }

    @Test
    void arrive_ofAllButOne_letsTheLastGoOn() {
        Meeting meeting = new Meeting(2);

        assertThat(meeting.arrive()).isFalse();

        meeting.await(0);
    }
}
