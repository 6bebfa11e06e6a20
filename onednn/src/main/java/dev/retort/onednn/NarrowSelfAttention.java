package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.SequenceLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of packed texts as in {@link FusedSelfAttention}, with the projections' weights in bfloat16 or int8; queries, keys, values,
 * attention weights and contexts are bfloat16, scores float32.
 */
final class NarrowSelfAttention implements ForwardOnly {

    private static final DataType NARROW = DataType.BFLOAT16;
    private static final long BYTES = NARROW.width();

    private final Worker worker;
    private final List<Variable> inputs;
    private final AttentionSettings settings;
    private final int hidden;
    private final int headSize;
    private final INDArray context; // C, (N, H)

    NarrowSelfAttention(
            Worker worker,
            List<Variable> inputs,
            Variable x,
            List<Weight> weights,
            SequenceLayout layout,
            AttentionSettings settings) {
        this.worker = worker;
        this.inputs = inputs;
        this.settings = settings;
        this.hidden = Math.toIntExact(weights.get(0).outputSize());
        this.headSize = hidden / settings.headCount();
        Kernels kernels = worker.kernels();
        this.context = kernels.scope().tensor(NARROW, x.size(0), hidden);
        long mark = kernels.scope().mark();
        long rows = Kernels.roundedRows(x.size(0));
        long projected = kernels.scope().allocate(rows * 3 * hidden * BYTES);
        project(worker, x, weights, projected);
        Groups groups = worker.narrowHeads().groups(layout, settings.headCount(), headSize);
        for (SequenceLayout.Run run : layout.runs()) {
            attend(run, groups.ofRun(run), projected);
        }
        kernels.scope().release(mark);
    }

    /** Q, K, V = X Wᵀ + b, side by side in rows of 3H elements; rows up to {@link Kernels#roundedRows} are written. */
    static void project(Worker worker, Variable x, List<Weight> weights, long projected) {
        long rows = Kernels.roundedRows(x.size(0));
        long input = worker.kernels().paddedRows(x.value());
        long stride = 3 * weights.get(0).outputSize();
        PackedWeight joined = JoinedWeight.whole(weights);
        List<? extends Weight> products = joined == null ? weights : List.of(joined);
        long target = projected;
        for (Weight product : products) {
            worker.narrowProducts()
                    .forward(
                            rows,
                            x.value().dataType(),
                            input,
                            ((PackedWeight) product).panel(),
                            Activation.IDENTITY,
                            0,
                            NARROW,
                            target,
                            stride);
            target += product.outputSize() * BYTES;
        }
    }

    private void attend(SequenceLayout.Run run, List<Groups.Group> groups, long projected) {
        Kernels kernels = worker.kernels();
        long mark = kernels.scope().mark();
        INDArray shown = settings.observer() == null
                ? null
                : kernels.tensor(run.count(), settings.headCount(), run.length(), run.length());
        if (run.length() == 1) { // P = 1
            copyValues(run, projected + 2L * hidden * BYTES);
            if (shown != null) {
                shown.assign(1);
            }
        }
        for (Groups.Group group : groups) {
            attend(group, projected, shown);
        }
        if (settings.observer() != null && shown != null) {
            settings.observer().attentionWeights(run, shown);
        }
        kernels.scope().release(mark);
    }

    private void attend(Groups.Group group, long projected, @Nullable INDArray shown) {
        Kernels kernels = worker.kernels();
        HeadProducts.Sizes sizes = group.sizes();
        long mark = kernels.scope().mark();
        long scores = kernels.floats(sizes.scoreCount());
        long weights = kernels.scope().allocate(sizes.scoreCount() * BYTES);
        long query = head(projected, 3, group);
        worker.narrowHeads().attentionWeights(group, query, query + hidden * BYTES, scores, weights);
        worker.narrowHeads().context(group, weights, query + 2L * hidden * BYTES, head(Address.of(context), 1, group));
        if (shown != null) {
            long target = Address.of(shown) + group.firstScore() * Kernels.FLOAT_BYTES;
            worker.narrowHeads().show(sizes, weights, target);
        }
        kernels.scope().release(mark);
    }

    private void copyValues(SequenceLayout.Run run, long values) {
        for (int row = run.firstRow(); row < run.endRow(); row++) {
            worker.kernels()
                    .copy(
                            values + row * 3L * hidden * BYTES,
                            Address.of(context) + (long) row * hidden * BYTES,
                            hidden * BYTES);
        }
    }

    /** Where a group's first head begins in the rows of a matrix of {@code widths} times H columns. */
    private long head(long matrix, long widths, Groups.Group group) {
        return matrix + (group.firstRow() * widths * hidden + (long) group.firstHead() * headSize) * BYTES;
    }

    @Override
    public List<Variable> inputs() {
        return inputs;
    }

    @Override
    public INDArray forward() {
        return context;
    }
}
