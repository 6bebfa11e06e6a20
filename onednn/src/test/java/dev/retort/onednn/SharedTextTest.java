package dev.retort.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.SharedRows;
import dev.retort.core.NativeThreads;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Tensors;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

@Timeout(120)
class SharedTextTest {

    private static final int MOST_WORKERS = 3;
    private static final int HIDDEN = 48;
    private static final int HEADS = 3;
    private static final int INNER = 80;

    private static final List<ExecutorService> WORKERS = new ArrayList<>();
    private static final ThreadLocal<Workspace> MEMORY = ThreadLocal.withInitial(Workspace::open);
    private static final ThreadLocal<OneDnnFusions> FUSIONS =
            ThreadLocal.withInitial(() -> new OneDnnFusions(MEMORY.get()));

    @BeforeAll
    static void start() {
        for (int i = 0; i < MOST_WORKERS; i++) {
            WORKERS.add(Executors.newSingleThreadExecutor());
        }
    }

    @AfterAll
    static void end() throws Exception {
        for (ExecutorService worker : WORKERS) {
            worker.submit(() -> MEMORY.get().close()).get();
            worker.shutdown();
        }
    }

    /** What each worker does in a step scope of its own. */
    @FunctionalInterface
    private interface Work {
        float @Nullable [][] of(int worker, OneDnnFusions fusions);
    }

    private static List<Future<float @Nullable [][]>> start(int workers, Work work) {
        List<Future<float @Nullable [][]>> all = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            int worker = i;
            all.add(WORKERS.get(i).submit(() -> {
                NativeThreads.oneForTheCallingThread();
                try (NoGradients off = NoGradients.open();
                        StepScope step = StepScope.open(MEMORY.get())) {
                    return work.of(worker, FUSIONS.get());
                }
            }));
        }
        return all;
    }

    private static float[][] alone(Layer layer, INDArray x) throws Exception {
        SequenceLayout layout = SequenceLayout.ofLengths((int) x.size(0));
        return start(
                        1,
                        (worker, fusions) -> Tensors.copyRows(
                                layer.forward(fusions, layer.forward(fusions, Variable.constant(x), layout), layout)
                                        .value()))
                .get(0)
                .get(60, TimeUnit.SECONDS);
    }

    private static float[][] shared(SharedText text, Layer layer, INDArray x, int workers) throws Exception {
        text.begin(SequenceLayout.ofLengths((int) x.size(0)), workers);
        List<Future<float @Nullable [][]>> shares = start(workers, (worker, fusions) -> {
            int first = text.firstRow(worker);
            int end = text.endRow(worker);
            int[] positions = IntStream.range(first, end).toArray();
            SequenceLayout layout = SequenceLayout.ofLengths(new int[] {end - first}, positions);
            SharedRows.Share share = text.share(worker, fusions);
            Variable rows = Variable.constant(Tensors.viewRows(x, first, end).dup('c'));
            Variable all =
                    share.join(layer.forward(share.fusions(), layer.forward(share.fusions(), rows, layout), layout));
            return all == null ? null : Tensors.copyRows(all.value());
        });
        float[][] joined = shares.get(0).get(60, TimeUnit.SECONDS);
        for (int worker = 1; worker < workers; worker++) {
            assertThat(shares.get(worker).get(60, TimeUnit.SECONDS)).isNull();
        }
        return joined;
    }

    private static INDArray states(int length, int hidden) {
        return RandomTensors.normal(DataType.FLOAT, length, length, hidden);
    }

    @ParameterizedTest
    @CsvSource({"F32, 2", "F32, 3", "BF16, 2", "BF16, 3", "INT8, 2", "INT8, 3"})
    void join_textOfAnyLength_hasTheBitsOfASingleWorker(Precision precision, int workers) throws Exception {
        OneDnnBackend backend = new OneDnnBackend();
        assumeThat(backend.unsupportedReason(precision)).isNull();
        Layer layer = new Layer(HIDDEN, HEADS, INNER, backend, precision);
        try (SharedText text = new SharedText()) {
            IntStream lengths = IntStream.concat(
                    IntStream.rangeClosed(65, 70),
                    IntStream.of(95, 96, 97, 127, 128, 129, 130, 191, 193, 200, 255, 256, 257, 300, 511, 512));
            for (int length : lengths.toArray()) {
                INDArray x = states(length, HIDDEN);

                assertThat(shared(text, layer, x, workers))
                        .as("%d tokens", length)
                        .isDeepEqualTo(alone(layer, x));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 2", "F32, 3", "BF16, 2", "BF16, 3", "INT8, 2", "INT8, 3"})
    void join_shortText_hasTheBitsOfASingleWorker(Precision precision, int workers) throws Exception {
        OneDnnBackend backend = new OneDnnBackend();
        assumeThat(backend.unsupportedReason(precision)).isNull();
        for (int hidden : new int[] {HIDDEN, 192}) { // the narrow one's columns are not divided
            Layer layer = new Layer(hidden, hidden == HIDDEN ? HEADS : 6, 2 * hidden, backend, precision);
            try (SharedText text = new SharedText()) {
                for (int length : new int[] {2, 3, 5, 8, 17, 32, 33, 63, 64}) {
                    INDArray x = states(length, hidden);

                    assertThat(shared(text, layer, x, workers))
                            .as("%d tokens, width %d", length, hidden)
                            .isDeepEqualTo(alone(layer, x));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"65, 2", "66, 2", "127, 2", "128, 2", "129, 2", "200, 3", "512, 7"})
    void firstRow_anyLength_dividesTheTextAndKeepsKernelsOutOfTheNextShare(int length, int workers) {
        try (SharedText text = new SharedText()) {
            text.begin(SequenceLayout.ofLengths(length), workers);

            assertThat(text.firstRow(0)).isZero();
            assertThat(text.firstRow(workers)).isEqualTo(length);
            for (int worker = 0; worker < workers; worker++) {
                int rows = text.firstRow(worker + 1) - text.firstRow(worker);
                assertThat(rows).as("rows of worker %d", worker).isPositive();
                if (worker < workers - 1) {
                    assertThat(Kernels.roundedRows(rows)).isEqualTo(rows);
                }
            }
        }
    }

    @Test
    void workersFor_shortTexts_isFew() {
        try (SharedText text = new SharedText()) {
            assertThat(text.workersFor(1, 8)).isEqualTo(1);
            assertThat(text.workersFor(7, 8)).isEqualTo(4);
            assertThat(text.workersFor(512, 8)).isEqualTo(8);
        }
    }

    @Test
    void begin_severalTextsOrTooManyWorkers_isRefusedWithBoth() {
        try (SharedText text = new SharedText()) {
            assertThatThrownBy(() -> text.begin(SequenceLayout.ofLengths(20, 20), 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("shared text: 2 texts of 40 tokens for 2 workers");
            assertThatThrownBy(() -> text.begin(SequenceLayout.ofLengths(1), 2))
                    .hasMessage("shared text: 1 texts of 1 tokens for 2 workers");
        }
    }

    @Test
    void abandon_workerThatNeverComes_endsTheOthersAndTheNextTextIsComputed() throws Exception {
        Layer layer = new Layer(HIDDEN, HEADS, INNER);
        INDArray x = states(128, HIDDEN);
        try (SharedText text = new SharedText()) {
            text.begin(SequenceLayout.ofLengths(128), 2);
            SequenceLayout half = SequenceLayout.ofLengths(64);
            Future<float @Nullable [][]> waiting = start(1, (worker, fusions) -> {
                        Variable rows =
                                Variable.constant(Tensors.viewRows(x, 0, 64).dup('c'));
                        layer.forward(text.share(0, fusions).fusions(), rows, half);
                        return null;
                    })
                    .get(0);

            text.abandon();

            assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(CancellationException.class);
            assertThat(shared(text, layer, x, 2)).isDeepEqualTo(alone(layer, x));
        }
    }
}
