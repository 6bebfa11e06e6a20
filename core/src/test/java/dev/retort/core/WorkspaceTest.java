package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class WorkspaceTest {

    private static final long MIB = 1 << 20;

    @Test
    void open_scopeOnAnotherThread_isRefused() throws InterruptedException {
        try (Workspace workspace = Workspace.open()) {
            assertThat(onAnotherThread(() -> StepScope.open(workspace)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageMatching("workspace: belongs to thread .+, used by other");
            assertThat(onAnotherThread(workspace::close)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void takeOver_byAnotherThread_givesItTheMemoryAndNobodyElse() throws InterruptedException {
        try (Workspace workspace = Workspace.open()) {
            try (StepScope step = StepScope.open(workspace)) {
                assertThat(Nd4j.ones(DataType.FLOAT, 10).sumNumber().intValue()).isEqualTo(10);
                assertThat(onAnotherThread(workspace::takeOver))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageMatching("workspace: belongs to thread .+, 1 step scopes are still open");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(onAnotherThread(() -> {
                            workspace.takeOver();
                            try (StepScope step = StepScope.open(workspace)) {
                                step.tensor(DataType.FLOAT, 3, 4).assign(7);
                                int sum = Nd4j.ones(DataType.FLOAT, 1000)
                                        .add(1)
                                        .sumNumber()
                                        .intValue();
                                if (sum != 2000) {
                                    throw new IllegalStateException("sum: " + sum);
                                }
                            }
                        }))
                        .isNull();
                assertThatThrownBy(() -> StepScope.open(workspace))
                        .hasMessageMatching(".* belongs to thread other, .*");

                workspace.takeOver();
                try (StepScope step = StepScope.open(workspace)) {
                    assertThat(Nd4j.ones(DataType.FLOAT, 10).sumNumber().intValue())
                            .isEqualTo(10);
                }
            }
        }
    }

    @Test
    void close_scopeStillOpen_isRefused() {
        Workspace workspace = Workspace.open();
        StepScope step = StepScope.open(workspace);

        assertThatThrownBy(workspace::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("workspace: 1 step scopes are still open");
        step.close();
        workspace.close();
    }

    @Test
    void close_twice_closesOnceAndOpensNoMore() {
        Workspace workspace = Workspace.open();
        workspace.close();
        workspace.close();

        assertThatThrownBy(() -> StepScope.open(workspace))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("workspace: already closed");
        assertThat(StepScope.current()).isNull();
    }

    @Test
    void open_twoOnOneThread_doNotShareMemory() {
        try (Workspace first = Workspace.open();
                Workspace second = Workspace.open()) {
            for (int i = 0; i < 3; i++) {
                try (StepScope outer = StepScope.open(first)) {
                    INDArray ones = Nd4j.ones(DataType.DOUBLE, 100);
                    try (StepScope inner = StepScope.open(second)) {
                        INDArray sevens = Nd4j.valueArrayOf(new long[] {100}, 7.0, DataType.DOUBLE);
                        assertThat(inner.keep(sevens).sumNumber().doubleValue()).isEqualTo(700);
                    }
                    assertThat(ones.sumNumber().doubleValue()).isEqualTo(100);
                    assertThat(outer.isOpen()).isTrue();
                }
            }
        }
    }

    /** 3,000 steps allocate about 10 GiB; what remains is one step's memory and what the collector has not come to. */
    @Test
    void steps_ofVaryingShape_reuseTheirMemory() throws InterruptedException {
        try (Workspace workspace = Workspace.open()) {
            run(workspace, 300);
            long before = settledBytes();

            run(workspace, 3000);

            assertThat(settledBytes() - before).isLessThan(200 * MIB);
        }
    }

    @Test
    void close_afterALargeStep_returnsItsMemory() throws InterruptedException {
        long before = settledBytes();
        Workspace workspace = Workspace.open();
        for (int i = 0; i < 3; i++) {
            try (StepScope step = StepScope.open(workspace)) {
                assertThat(step.keep(Nd4j.ones(DataType.FLOAT, 256, 1 << 18)
                                        .max(0)
                                        .sum())
                                .getDouble())
                        .isEqualTo(1 << 18);
            }
        }
        long open = settledBytes();
        assertThat(open - before).isGreaterThan(200 * MIB);

        workspace.close();

        assertThat(open - settledBytes()).isGreaterThan(200 * MIB);
    }

    private static void run(Workspace workspace, int steps) {
        RandomStream random = new RandomStream(1, 0, 0);
        for (int i = 0; i < steps; i++) {
            int rows = 1 + (int) (random.uniform(i) * 2000);
            try (StepScope step = StepScope.open(workspace)) {
                INDArray x = Nd4j.ones(DataType.FLOAT, rows, 64);
                for (int k = 0; k < 12; k++) {
                    x = x.add(1);
                }
                assertThat(step.keep(x.max()).getDouble()).isEqualTo(13);
            }
        }
    }

    private static long settledBytes() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200); // the deallocator runs on a thread of its own
        }
        return Pointer.physicalBytes();
    }

    private static Throwable onAnotherThread(Runnable action) throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        action.run();
                    } catch (IllegalStateException e) {
                        thrown.set(e);
                    }
                },
                "other");
        thread.start();
        thread.join();
        return thrown.get();
    }
}
