package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Workspace;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // a call that nobody answers would wait for ever
class WorkersTest {

    /** The definitions, after as many failures as wanted. */
    private static final class FailingBackend implements Backend {

        private int failures;

        FailingBackend(int failures) {
            this.failures = failures;
        }

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public @Nullable String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
            return new Weight.Plain(matrix, bias);
        }

        @Override
        public synchronized Fusions open(Workspace workspace) {
            if (failures > 0) {
                failures--;
                throw new OutOfMemoryError("no native memory");
            }
            return Fusions.definitions();
        }
    }

    /** A backend whose texts of so many tokens are divided, without memory or meetings. */
    private static final class DividingBackend implements Backend {

        @Override
        public String name() {
            return "dividing";
        }

        @Override
        public @Nullable String unsupportedReason() {
            return null;
        }

        @Override
        public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
            return new Weight.Plain(matrix, bias);
        }

        @Override
        public Fusions open(Workspace workspace) {
            return Fusions.definitions();
        }

        @Override
        public SharedRows openSharedRows() {
            return new Rendezvous();
        }
    }

    /** Keeps each worker until all are there. */
    private static final class Rendezvous implements SharedRows {

        private CountDownLatch missing = new CountDownLatch(0);

        void meet() {
            missing.countDown();
            try {
                missing.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public int workersFor(int tokenCount, int most) {
            return most;
        }

        @Override
        public void begin(SequenceLayout text, int workers) {
            missing = new CountDownLatch(workers);
        }

        @Override
        public int firstRow(int worker) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Share share(int worker, Fusions own) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void abandon() {
            while (missing.getCount() > 0) {
                missing.countDown();
            }
        }

        @Override
        public void close() {}
    }

    /** A task that does what a test says. */
    private record Told(boolean divisible, Consumer<Integer> work, AtomicInteger shares) implements Task {

        static Told whole(Runnable work) {
            return new Told(false, share -> work.run(), new AtomicInteger());
        }

        static Told divisible(Consumer<Integer> work) {
            return new Told(true, work, new AtomicInteger());
        }

        @Override
        public Batch batch() {
            return Batch.ofOne(new int[] {1, 2});
        }

        @Override
        public void compute(Fusions fusions) {
            shares.incrementAndGet();
            work.accept(0);
        }

        @Override
        public void computeShare(int worker, SharedRows rows, Fusions own) {
            shares.incrementAndGet();
            work.accept(worker);
            ((Rendezvous) rows).meet();
        }
    }

    private static void run(Workers workers, Task task) {
        Call call = new Call();
        workers.submit(call, task);
        assertThat(workers.take(call)).isSameAs(task);
    }

    @Test
    void submit_backendThatDoesNotOpen_failsTheCallAndTriesAgainAtTheNext() {
        try (Workers workers = new Workers(1, new FailingBackend(1), 1)) {
            assertThatThrownBy(() -> run(workers, Told.whole(() -> {})))
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("no native memory");

            run(workers, Told.whole(() -> {}));
        }
    }

    @Test
    void submit_callerWithAClassLoaderOfItsOwn_doesNotKeepIt() throws Exception {
        Thread caller = Thread.currentThread();
        ClassLoader usual = caller.getContextClassLoader();
        List<ClassLoader> seen = new ArrayList<>();
        try (URLClassLoader own = new URLClassLoader(new URL[0]);
                Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            caller.setContextClassLoader(own);
            run(workers, Told.whole(() -> seen.add(Thread.currentThread().getContextClassLoader())));
        } finally {
            caller.setContextClassLoader(usual);
        }
        assertThat(seen).containsExactly(Workers.class.getClassLoader());
    }

    @Test
    void submit_divisibleTask_isSharedByTheIdleWorkers() {
        try (Workers workers = new Workers(3, new DividingBackend(), 1)) {
            for (int i = 0; i < 200; i++) {
                Told task = Told.divisible(share -> {});
                run(workers, task);
                assertThat(task.shares().get()).isBetween(1, 3);
            }
            Told task = Told.divisible(share -> {});
            awaitIdle(workers);
            run(workers, task);
            assertThat(task.shares()).hasValue(3);
        }
    }

    @Test
    void submit_divisibleTaskOfFewTokens_isComputedByOne() {
        Told task = Told.divisible(share -> {});
        int tokens = task.batch().tokenCount();
        try (Workers workers = new Workers(3, new DividingBackend(), tokens + 1)) {
            run(workers, task);
            assertThat(task.shares()).hasValue(1);
        }
        Told enough = Told.divisible(share -> {});
        try (Workers workers = new Workers(3, new DividingBackend(), tokens)) {
            awaitIdle(workers);
            run(workers, enough);
            assertThat(enough.shares()).hasValue(3);
        }
    }

    @Test
    void submit_divisibleTaskWhileOthersWork_doesNotWaitForThem() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        try (Workers workers = new Workers(2, new DividingBackend(), 1)) {
            Call busy = new Call();
            workers.submit(busy, Told.whole(() -> {
                started.countDown();
                await(release);
            }));
            started.await();

            Told alone = Told.divisible(share -> {});
            run(workers, alone);

            assertThat(alone.shares()).hasValue(1);
            release.countDown();
            workers.take(busy);
        }
    }

    @Test
    void submit_shareThatFails_failsTheCallAndLeavesTheOthersFree() {
        try (Workers workers = new Workers(3, new DividingBackend(), 1)) {
            for (int failing = 0; failing < 3; failing++) {
                int share = failing;
                awaitIdle(workers);
                assertThatThrownBy(() -> run(workers, Told.divisible(worker -> {
                            if (worker == share) {
                                throw new IllegalStateException("share " + worker);
                            }
                        })))
                        .hasMessage("share " + share);
                awaitIdle(workers);
                Told next = Told.divisible(worker -> {});
                run(workers, next);
                assertThat(next.shares()).hasValue(3);
            }
        }
    }

    @Test
    void submit_twoCalls_takeTurns() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            Call first = new Call();
            workers.submit(first, Told.whole(() -> await(release)));
            Call longer = new Call();
            for (int i = 0; i < 3; i++) {
                workers.submit(longer, Told.whole(() -> order.add("long")));
            }
            Call shorter = new Call();
            workers.submit(shorter, Told.whole(() -> order.add("short")));
            release.countDown();
            workers.take(first);
            for (int i = 0; i < 3; i++) {
                workers.take(longer);
            }
            workers.take(shorter);
        }
        assertThat(order).containsExactly("long", "short", "long", "long");
    }

    /** A single text that counts what it was computed together with. */
    private record Single(Runnable work, AtomicInteger together) implements Task {

        @Override
        public Batch batch() {
            return Batch.ofOne(new int[] {1, 2});
        }

        @Override
        public boolean divisible() {
            return true;
        }

        @Override
        public boolean goesWith(Task other) {
            return other instanceof Single;
        }

        @Override
        public Task joinedWith(List<Task> others) {
            return Told.divisible(share -> {
                together.set(1 + others.size());
                others.forEach(other -> ((Single) other).together.set(1 + others.size()));
                work.run();
            });
        }

        @Override
        public void compute(Fusions fusions) {
            together.set(1);
            work.run();
        }

        @Override
        public void computeShare(int worker, SharedRows rows, Fusions own) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void submit_singleTextsOfSeveralCallsThatWait_areComputedTogetherByAsManyAsThereAreWorkers() {
        for (int count : new int[] {1, 2}) {
            CountDownLatch release = new CountDownLatch(1);
            try (Workers workers = new Workers(count, new FailingBackend(0), 1)) {
                List<Call> busy = new ArrayList<>();
                CountDownLatch started = new CountDownLatch(count);
                for (int i = 0; i < count; i++) {
                    busy.add(new Call());
                    workers.submit(busy.get(i), Told.whole(() -> {
                        started.countDown();
                        await(release);
                    }));
                }
                await(started);
                CountDownLatch all = new CountDownLatch(count);
                List<Call> calls = new ArrayList<>();
                List<Single> texts = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    calls.add(new Call());
                    texts.add(new Single(
                            () -> {
                                all.countDown();
                                await(all); // nobody is through before all have begun
                            },
                            new AtomicInteger()));
                    workers.submit(calls.get(i), texts.get(i));
                }
                release.countDown();

                for (int i = 0; i < 6; i++) {
                    assertThat(workers.take(calls.get(i))).isSameAs(texts.get(i));
                    assertThat(texts.get(i).together()).hasValue(6 / count);
                }
                busy.forEach(workers::take);
            }
        }
    }

    @Test
    void submit_textsThatFailTogether_failEachCall() {
        CountDownLatch release = new CountDownLatch(1);
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            Call busy = new Call();
            workers.submit(busy, Told.whole(() -> await(release)));
            Runnable failing = () -> {
                throw new IllegalStateException("no luck");
            };
            List<Call> calls = List.of(new Call(), new Call());
            calls.forEach(call -> workers.submit(call, new Single(failing, new AtomicInteger())));
            release.countDown();

            for (Call call : calls) {
                assertThatThrownBy(() -> workers.take(call)).hasMessage("no luck");
            }
            workers.take(busy);
            run(workers, Told.whole(() -> {}));
        }
    }

    @Test
    void submitLast_workerThatIsIdle_lendsItsSeatToTheCaller() {
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            List<Thread> computing = new ArrayList<>();
            Task task = Told.whole(() -> computing.add(Thread.currentThread()));
            for (int i = 0; i < 3; i++) {
                Call call = new Call();
                workers.submitLast(call, List.of(task));
                assertThat(workers.take(call)).isSameAs(task);
                while (workers.idleCount() < 1) {
                    Thread.onSpinWait();
                }
            }
            assertThat(computing.get(0).getName()).startsWith("retort-worker"); // which opens the seat
            assertThat(computing.subList(1, 3)).containsOnly(Thread.currentThread());
        }
    }

    @Test
    void submitLast_whileTheCallerComputes_nobodyElseHasTheSeat() throws Exception {
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            run(workers, Told.whole(() -> {}));
            while (workers.idleCount() < 1) {
                Thread.onSpinWait();
            }
            AtomicInteger computing = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            Runnable work = () -> {
                most.accumulateAndGet(computing.incrementAndGet(), Math::max);
                Thread.yield();
                computing.decrementAndGet();
            };
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                callers.add(new Thread(() -> {
                    for (int n = 0; n < 500; n++) {
                        Call call = new Call();
                        workers.submitLast(call, List.of(Told.whole(work)));
                        workers.take(call);
                    }
                }));
            }
            callers.forEach(Thread::start);
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(most).hasValue(1);
        }
    }

    @Test
    void submitLast_shareThatFails_failsTheCallerAndLeavesTheSeatFree() {
        try (Workers workers = new Workers(2, new DividingBackend(), 1)) {
            for (int failing = 0; failing < 2; failing++) {
                int share = failing;
                awaitIdle(workers);
                Call call = new Call();
                workers.submitLast(call, List.of(Told.divisible(worker -> {
                    if (worker == share) {
                        throw new IllegalStateException("share " + worker);
                    }
                })));
                assertThatThrownBy(() -> workers.take(call)).hasMessage("share " + share);
            }
            awaitIdle(workers);
        }
    }

    @Test
    void submitLast_interruptedCaller_isCancelled() {
        CountDownLatch release = new CountDownLatch(1);
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            run(workers, Told.whole(() -> {}));
            Call call = new Call();
            Thread.currentThread().interrupt();
            workers.submitLast(call, List.of(Told.whole(() -> await(release))));

            assertThatThrownBy(() -> workers.take(call)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            release.countDown();
        }
    }

    @Test
    void giveUp_callWithTasksThatWait_dropsThem() {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger ran = new AtomicInteger();
        try (Workers workers = new Workers(1, new FailingBackend(0), 1)) {
            Call first = new Call();
            workers.submit(first, Told.whole(() -> await(release)));
            Call givenUp = new Call();
            workers.submit(givenUp, Told.whole(ran::incrementAndGet));
            workers.giveUp(givenUp);
            release.countDown();
            workers.take(first);
            run(workers, Told.whole(() -> {}));
        }
        assertThat(ran).hasValue(0);
    }

    /** Until a divisible task gets them all: workers become idle a little after their task is done. */
    private static void awaitIdle(Workers workers) {
        Told all = Told.divisible(share -> {});
        do {
            all.shares().set(0);
            run(workers, all);
        } while (all.shares().get() < workers.count());
        while (workers.idleCount() < workers.count()) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
