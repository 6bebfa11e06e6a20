package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainingThreadsTest {

    @AfterEach
    void assertNothingRuns() throws InterruptedException {
        Thread.interrupted();
        Running.assertNoThreads();
    }

    @Test
    void onAll_everyThread_runsOnceWithItsNumber() {
        AtomicInteger numbers = new AtomicInteger();
        try (TrainingThreads threads = TrainingThreads.open(3, Backend.definitions())) {
            threads.onAll((thread, fusions) -> numbers.addAndGet(1 << thread));
        }
        assertThat(numbers).hasValue(0b111);
    }

    @Test
    void onAll_oneFails_throwsItAfterTheOthersAreDone() {
        AtomicInteger done = new AtomicInteger();
        try (TrainingThreads threads = TrainingThreads.open(2, Backend.definitions())) {
            assertThatThrownBy(() -> threads.onAll((thread, fusions) -> {
                        if (thread == 0) {
                            throw new IllegalArgumentException("no");
                        }
                        done.incrementAndGet();
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no");
        }
        assertThat(done).hasValue(1);
    }

    @Test
    void onAll_callerInterrupted_cancelsAfterTheThreadsAreDone() {
        AtomicInteger done = new AtomicInteger();
        Thread caller = Thread.currentThread();
        try (TrainingThreads threads = TrainingThreads.open(2, Backend.definitions())) {
            assertThatThrownBy(() -> threads.onAll((thread, fusions) -> {
                        if (thread == 0) {
                            caller.interrupt();
                        }
                        done.incrementAndGet();
                    }))
                    .isInstanceOf(CancellationException.class);
            assertThat(done).hasValue(2);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void close_callerInterruptedAndAStepOpen_endsTheThreadsAndKeepsTheFlag() {
        TrainingThreads threads = TrainingThreads.open(2, Backend.definitions());
        threads.openStep();
        Thread.currentThread().interrupt();

        threads.closeStep();
        threads.close();
        threads.close();

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void openStep_tensorsOfAStep_areReadableUntilItCloses() {
        try (TrainingThreads threads = TrainingThreads.open(1, Backend.definitions())) {
            Variable[] made = new Variable[1];
            threads.openStep();
            threads.onFirst((thread, fusions) -> made[0] = BatchStep.constant(new float[][] {{1, 2}, {3, 4}}));

            assertThat(made[0].value().getDouble(1, 0)).isEqualTo(3);

            threads.closeStep();
            assertThatThrownBy(() -> made[0].value()).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void open_backendFailsOnTheSecondThread_endsAllOfThem() {
        assertThatThrownBy(() -> TrainingThreads.open(2, new FailingBackend()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no memory");
    }

    @Test
    void openScope_insideAStep_isClosedBeforeIt() {
        try (TrainingThreads threads = TrainingThreads.open(1, Backend.definitions())) {
            threads.openStep();
            threads.onFirst((thread, fusions) -> {
                try (StepScope inner = threads.openScope(thread)) {
                    assertThat(StepScope.current()).isSameAs(inner);
                }
            });
            threads.closeStep();
        }
    }

    /** Opens once. */
    private static final class FailingBackend implements Backend {

        private final AtomicInteger opened = new AtomicInteger();

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, Variable bias, Precision precision) {
            return Backend.definitions().prepare(matrix, bias, precision);
        }

        @Override
        public Fusions open(Workspace workspace) {
            if (opened.incrementAndGet() == 2) {
                throw new IllegalStateException("no memory");
            }
            return Backend.definitions().open(workspace);
        }
    }
}
