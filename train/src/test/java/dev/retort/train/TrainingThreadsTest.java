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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    void close_callerInterrupted_endsTheThreadsAndKeepsTheFlag() {
        TrainingThreads threads = TrainingThreads.open(2, Backend.definitions());
        Thread.currentThread().interrupt();

        threads.close();
        threads.close();

        assertThat(Thread.interrupted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void inStep_tensorsOfPieces_areReadableUntilItEnds(int count) {
        try (TrainingThreads threads = TrainingThreads.open(count, Backend.definitions())) {
            Variable[] made = new Variable[count];
            double sum = threads.inStep(() -> {
                threads.onAll((thread, fusions) -> made[thread] = BatchStep.constant(new float[][] {{1, 2}, {3, 4}}));
                return Arrays.stream(made)
                        .mapToDouble(tensor -> tensor.value().getDouble(1, 0))
                        .sum();
            });

            assertThat(sum).isEqualTo(3 * count);
            assertThat(made)
                    .allSatisfy(tensor -> assertThatThrownBy(tensor::value).isInstanceOf(IllegalStateException.class));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void inStep_pieceFails_throwsItAndTheNextStepRuns(int count) {
        try (TrainingThreads threads = TrainingThreads.open(count, Backend.definitions())) {
            assertThatThrownBy(() -> threads.inStep(() -> {
                        threads.onFirst((thread, fusions) -> {
                            throw new IllegalArgumentException("no");
                        });
                        return 1;
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("no");

            assertThat(threads.<Integer>inStep(() -> 2)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void inStep_callerInterrupted_cancelsOnceItsPieceIsDone(int count) {
        AtomicInteger done = new AtomicInteger();
        Thread caller = Thread.currentThread();
        try (TrainingThreads threads = TrainingThreads.open(count, Backend.definitions())) {
            assertThatThrownBy(() -> threads.inStep(() -> {
                        threads.onFirst((thread, fusions) -> {
                            caller.interrupt();
                            done.incrementAndGet();
                        });
                        return 1;
                    }))
                    .isInstanceOf(CancellationException.class);
            assertThat(done).hasValue(1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void inStep_oneThread_runsAllOfTheStepOnIt() {
        try (TrainingThreads threads = TrainingThreads.open(1, Backend.definitions())) {
            List<Thread> used = new ArrayList<>();
            threads.inStep(() -> {
                used.add(Thread.currentThread());
                threads.onFirst((thread, fusions) -> used.add(Thread.currentThread()));
                threads.onAll((thread, fusions) -> used.add(Thread.currentThread()));
                return used;
            });

            assertThat(used).hasSize(3).doesNotContain(Thread.currentThread());
            assertThat(Set.copyOf(used)).hasSize(1);
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
            StepScope ofPiece = threads.inStep(() -> {
                StepScope[] opened = new StepScope[1];
                threads.onFirst((thread, fusions) -> {
                    try (StepScope inner = threads.openScope(thread)) {
                        opened[0] = inner;
                        assertThat(StepScope.current()).isSameAs(inner);
                    }
                });
                return opened[0];
            });
            assertThat(ofPiece.isOpen()).isFalse();
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
