package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.Weight;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of one worker's rows of a text to all of the text's rows; what {@link FusedSelfAttention} computes, or with weights in
 * bfloat16 or int8 {@link NarrowSelfAttention}, without backward.
 *
 * <p>The worker brings its rows of Q, K, V into the memory of the {@link SharedText}, waits for the others', and then reads K and V of all.
 */
final class SharedSelfAttention implements ForwardOnly {

    private final List<Variable> inputs;
    private final INDArray context; // C, (the worker's rows, H)

    /**
     * Where a worker stands in a text.
     *
     * @param worker whose share it is
     * @param layer how many layers came before
     */
    record Place(SharedText text, int worker, int layer) {

        int firstRow() {
            return text.firstRow(worker);
        }
    }

    /**
     * @param x X, the worker's rows, (rows, H)
     * @param type of Q, K, V and C
     */
    SharedSelfAttention(
            Worker worker,
            List<Variable> inputs,
            Variable x,
            List<Weight> weights,
            AttentionSettings settings,
            Place place,
            DataType type) {
        this.inputs = inputs;
        if (settings.dropout().probability() > 0 || settings.observer() != null) {
            throw new IllegalArgumentException("selfAttention: a text is shared without dropout and observer");
        }
        int hidden = Math.toIntExact(weights.get(0).outputSize());
        this.context = worker.kernels().scope().tensor(type, x.size(0), hidden);
        long all = place.text().projections(place.layer(), hidden);
        long own = all + place.firstRow() * 3L * hidden * type.width();
        long mark = worker.kernels().scope().mark();
        if (type == DataType.FLOAT) {
            FusedSelfAttention.project(worker, x, weights, own);
        } else {
            NarrowSelfAttention.project(worker, x, weights, own);
        }
        place.text().meet(place.worker());
        attend(worker, settings.headCount(), place.text().tokenCount(), all, own);
        worker.kernels().scope().release(mark);
    }

    /** Rows up to {@link Kernels#roundedRows} attend; of those behind the last nobody reads the result. */
    private void attend(Worker worker, int headCount, int length, long all, long own) {
        int queries = Math.toIntExact(Kernels.roundedRows(context.size(0)));
        int headSize = Math.toIntExact(context.size(1)) / headCount;
        int heads = Groups.headsTogether(headCount, (long) queries * length);
        HeadProducts.Sizes sizes =
                new HeadProducts.Sizes(1, heads, headCount, queries, length, headSize, Groups.keysFirst(length));
        attend(worker, sizes, 0, headCount, context.dataType(), new Rows(own, all, Address.of(context)));
    }

    /**
     * Where matrices lie.
     *
     * @param queries the first row that attends, (rows, 3H)
     * @param keys the first row that is attended to, (L, 3H)
     * @param contexts (rows, H)
     */
    record Rows(long queries, long keys, long contexts) {}

    /**
     * C of some heads.
     *
     * @param sizes of so many heads as are computed together, a divisor of {@code headCount}
     * @param type of Q, K, V and C
     */
    static void attend(
            Worker worker, HeadProducts.Sizes sizes, int firstHead, int headCount, DataType type, Rows rows) {
        long hidden = (long) sizes.allHeads() * sizes.headSize();
        long scores = worker.kernels().floats(sizes.scoreCount());
        long narrowed = worker.kernels().scope().allocate(sizes.scoreCount() * type.width());
        for (int head = firstHead; head < firstHead + headCount; head += sizes.heads()) {
            long first = (long) head * sizes.headSize();
            long query = rows.queries() + first * type.width();
            long key = rows.keys() + (hidden + first) * type.width();
            long value = rows.keys() + (2 * hidden + first) * type.width();
            long target = rows.contexts() + first * type.width();
            if (type == DataType.FLOAT) {
                worker.heads().attentionWeights(sizes, query, key, scores);
                worker.heads().context(sizes, scores, value, target);
            } else {
                worker.narrowHeads().attentionWeights(sizes, query, key, scores, narrowed);
                worker.narrowHeads().context(sizes, narrowed, value, target);
            }
        }
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
