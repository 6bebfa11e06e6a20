package dev.retort.onednn;

import com.sun.management.ThreadMXBean;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What one layer of all-MiniLM-L6-v2's shape costs through {@link Variable}s and fused functions, beside the same products, norms and
 * softmax called with addresses that are known beforehand; one thread.
 *
 * <p>{@code mvn -pl onednn -am test-compile}, then {@code java dev.retort.onednn.LayerMeasurement} on the module's test class path.
 */
final class LayerMeasurement {

    private static final int HIDDEN = 384;
    private static final int HEADS = 12;
    private static final int INNER = 1536;
    private static final int ROUNDS = 9;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private LayerMeasurement() {}

    public static void main(String[] arguments) {
        Nd4j.zeros(1);
        NativeThreads.oneForTheCallingThread();
        int[][] batches = {{16}, {128}, {512}, repeated(16, 32), repeated(32, 16)};
        try (Workspace workspace = Workspace.open()) {
            Fusions fusions = new OneDnnBackend().open(workspace);
            Worker worker = Worker.of(workspace);
            Layer layer = new Layer(HIDDEN, HEADS, INNER);
            for (int[] lengths : batches) {
                SequenceLayout layout = SequenceLayout.ofLengths(lengths);
                INDArray x = RandomTensors.normal(DataType.FLOAT, 1, layout.tokenCount(), HIDDEN);
                measure(workspace, fusions, worker, layer, layout, x);
            }
        }
    }

    private static int[] repeated(int count, int length) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        return lengths;
    }

    private static void measure(
            Workspace workspace, Fusions fusions, Worker worker, Layer layer, SequenceLayout layout, INDArray x) {
        Runnable fused = () -> {
            try (StepScope step = StepScope.open(workspace)) {
                layer.forward(fusions, Variable.constant(x), layout);
            }
        };
        try (NoGradients off = NoGradients.open();
                StepScope outer = StepScope.open(workspace)) {
            Bare bare = new Bare(outer, worker, layout);
            int calls = Math.max(20, 40_000 / layout.tokenCount());
            double best = Double.MAX_VALUE;
            double bestBare = Double.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                best = Math.min(best, micros(calls, fused));
                bestBare = Math.min(bestBare, micros(calls, bare));
            }
            System.out.printf(
                    "%4d tokens in %3d texts: layer %8.1f us, bare %8.1f us, %5d bytes of heap a layer%n",
                    layout.tokenCount(), layout.batchSize(), best, bestBare, heapBytes(calls, fused));
        }
    }

    /** Processor time of this thread, so that what else runs on the machine counts little. */
    private static double micros(int calls, Runnable work) {
        long start = THREADS.getCurrentThreadCpuTime();
        for (int call = 0; call < calls; call++) {
            work.run();
        }
        return (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / calls;
    }

    private static long heapBytes(int calls, Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int call = 0; call < calls; call++) {
            work.run();
        }
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / calls;
    }

    /** The layer's kernels on memory of their own, which holds no numbers of interest. */
    private static final class Bare implements Runnable {

        private final Worker worker;
        private final SequenceLayout layout;
        private final Layer.Parts weights = Layer.parts(HIDDEN, INNER);
        private final long rows;
        private final long x;
        private final long projected;
        private final long context;
        private final long attended;
        private final long inner;
        private final long scores;
        private final long norm;

        Bare(StepScope scope, Worker worker, SequenceLayout layout) {
            this.worker = worker;
            this.layout = layout;
            this.rows = Kernels.roundedRows(layout.tokenCount());
            this.x = zeros(scope, rows * HIDDEN);
            this.projected = zeros(scope, rows * 3 * HIDDEN);
            this.context = zeros(scope, rows * HIDDEN);
            this.attended = zeros(scope, rows * HIDDEN);
            this.inner = zeros(scope, rows * INNER);
            this.scores = zeros(scope, 1 << 20);
            this.norm = zeros(scope, HIDDEN);
        }

        private long zeros(StepScope scope, long floats) {
            long address = scope.allocate(floats * Kernels.FLOAT_BYTES);
            worker.kernels().zero(address, floats * Kernels.FLOAT_BYTES);
            return address;
        }

        @Override
        public void run() {
            Products products = worker.products();
            products.forward(rows, x, weights.projections(), Activation.IDENTITY, 0, projected, 3 * HIDDEN);
            for (SequenceLayout.Run run : layout.runs()) {
                for (Groups.Group group : worker.heads()
                        .groups(layout, HEADS, HIDDEN / HEADS, true)
                        .ofRun(run)) {
                    long query = projected
                            + (group.firstRow() * 3 * HIDDEN + group.firstHead() * HIDDEN / HEADS)
                                    * Kernels.FLOAT_BYTES;
                    long target = context
                            + (group.firstRow() * HIDDEN + group.firstHead() * HIDDEN / HEADS) * Kernels.FLOAT_BYTES;
                    worker.heads().attentionWeights(group, query, query + HIDDEN * Kernels.FLOAT_BYTES, scores);
                    worker.heads().context(group, scores, query + 2 * HIDDEN * Kernels.FLOAT_BYTES, target);
                }
            }
            products.forward(rows, context, weights.output(), Activation.IDENTITY, x, attended, HIDDEN);
            worker.rows().normalize(rows, HIDDEN, 1e-12, attended, norm, norm, attended);
            products.forward(rows, attended, weights.inner(), Activation.GELU, 0, inner, INNER);
            products.forward(rows, inner, weights.outer(), Activation.IDENTITY, attended, context, HIDDEN);
            worker.rows().normalize(rows, HIDDEN, 1e-12, context, norm, norm, context);
        }
    }
}
