package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import dev.retort.core.SequenceLayout;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.reorder;
import org.jspecify.annotations.Nullable;

/**
 * Attention's products, each head of each text by itself, on tensors as they lie: queries, keys and values side by side in the rows of
 * one (N, 3H) matrix, contexts in the rows of a (N, H) one, both read with strides; scores (n, A, M, L) without gaps, or keys first.
 */
final class HeadProducts {

    private final Kernels kernels;
    private final RowKernels rows;
    private @Nullable Groups groups; // of the last layout: an encoder's layers ask for the same one

    /**
     * Which texts and heads.
     *
     * @param texts n, of equal length, one after the other
     * @param heads computed here, adjacent ones
     * @param allHeads A
     * @param queries M, the rows that attend: L, or fewer of a text that workers share
     * @param length L, the rows that are attended to
     * @param headSize D
     * @param keysFirst whether scores lie as (L, n, A, M) rather than (n, A, M, L)
     */
    record Sizes(int texts, int heads, int allHeads, int queries, int length, int headSize, boolean keysFirst) {

        @Override
        public int hashCode() { // written out as in RowKernels
            int hash = 31 * (31 * (31 * texts + heads) + allHeads) + queries;
            return 2 * (31 * (31 * hash + length) + headSize) + (keysFirst ? 1 : 0);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Sizes sizes
                    && texts == sizes.texts
                    && heads == sizes.heads
                    && allHeads == sizes.allHeads
                    && queries == sizes.queries
                    && length == sizes.length
                    && headSize == sizes.headSize
                    && keysFirst == sizes.keysFirst;
        }

        long scoreCount() {
            return scoreRows() * length;
        }

        long scoreRows() {
            return (long) texts * heads * queries;
        }
    }

    /** The products; Q, K, V and C are (L, D) here, S and P are (L, L). */
    private enum Kind {
        SHOW,
        SCORES,
        CONTEXT,
        WEIGHTS_GRADIENT,
        VALUE_GRADIENT,
        QUERY_GRADIENT,
        KEY_GRADIENT
    }

    private record Key(Kind kind, Sizes sizes) {

        @Override
        public int hashCode() { // written out as in RowKernels
            return 31 * sizes.hashCode() + kind.ordinal();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && kind == key.kind && sizes.equals(key.sizes);
        }
    }

    HeadProducts(Kernels kernels, RowKernels rows) {
        this.kernels = kernels;
        this.rows = rows;
    }

    /** A layout's texts and heads in groups. */
    Groups groups(SequenceLayout layout, int headCount, int headSize, boolean anyOrder) {
        Groups known = groups;
        if (known == null || !known.isOf(layout, headCount, headSize, anyOrder)) {
            known = new Groups(layout, headCount, headSize, anyOrder);
            groups = known;
        }
        return known;
    }

    /** P = softmax(Q Kᵀ / √D). */
    void attentionWeights(Groups.Group group, long query, long key, long weights) {
        Sizes sizes = group.sizes();
        if (group.scores == null || group.scores.isClosed()) {
            group.scores = plan(Kind.SCORES, sizes);
        }
        runScores(group.scores, sizes, query, key, weights);
        if (group.softmax == null || group.softmax.isClosed()) {
            group.softmax = softmax(sizes);
        }
        kernels.run(group.softmax.aim(weights, weights));
    }

    /** The same for some rows of a text that workers share. */
    void attentionWeights(Sizes sizes, long query, long key, long weights) {
        runScores(plan(Kind.SCORES, sizes), sizes, query, key, weights);
        kernels.run(softmax(sizes).aim(weights, weights));
    }

    private void runScores(Plan plan, Sizes sizes, long query, long key, long scores) {
        kernels.run(sizes.keysFirst() ? plan.aim(key, query, scores) : plan.aim(query, key, scores));
    }

    private Plan softmax(Sizes sizes) {
        return sizes.keysFirst()
                ? rows.softmaxOfColumns(sizes.length(), sizes.scoreRows())
                : rows.softmax(sizes.scoreRows(), sizes.length());
    }

    /** The same for some rows of a text that workers share. */
    void context(Sizes sizes, long weights, long value, long context) {
        kernels.run(plan(Kind.CONTEXT, sizes).aim(weights, value, context));
    }

    /** Copies a group's P to (n, A, L, L) without gaps. */
    void show(Sizes sizes, long weights, long target) {
        kernels.run(plan(Kind.SHOW, sizes).aim(weights, target));
    }

    /** C = P V. */
    void context(Groups.Group group, long weights, long value, long context) {
        if (group.context == null || group.context.isClosed()) {
            group.context = plan(Kind.CONTEXT, group.sizes());
        }
        kernels.run(group.context.aim(weights, value, context));
    }

    /** dP = dC Vᵀ. */
    void weightsGradient(Sizes sizes, long dContext, long value, long dWeights) {
        kernels.run(plan(Kind.WEIGHTS_GRADIENT, sizes).aim(dContext, value, dWeights));
    }

    /** dV = Pᵀ dC. */
    void valueGradient(Sizes sizes, long weights, long dContext, long dValue) {
        kernels.run(plan(Kind.VALUE_GRADIENT, sizes).aim(weights, dContext, dValue));
    }

    /** dQ = dS K / √D. */
    void queryGradient(Sizes sizes, long dScores, long key, long dQuery) {
        kernels.run(plan(Kind.QUERY_GRADIENT, sizes).aim(dScores, key, dQuery));
    }

    /** dK = dSᵀ Q / √D. */
    void keyGradient(Sizes sizes, long dScores, long query, long dKey) {
        kernels.run(plan(Kind.KEY_GRADIENT, sizes).aim(dScores, query, dKey));
    }

    private Plan plan(Kind kind, Sizes sizes) {
        return kernels.plan(new Key(kind, sizes), HeadProducts::plan);
    }

    private static Plan plan(Key key) {
        Sizes sizes = key.sizes();
        long hidden = (long) sizes.allHeads() * sizes.headSize();
        memory.desc queries = heads(sizes, sizes.queries(), 3 * hidden);
        memory.desc projection = heads(sizes, sizes.length(), 3 * hidden);
        memory.desc projectionTransposed = headsTransposed(sizes, sizes.length(), 3 * hidden);
        memory.desc contexts = heads(sizes, sizes.queries(), hidden);
        memory.desc scores = scores(sizes);
        return switch (key.kind()) {
            case SHOW -> showPlan(memory.data_type.f32, sizes);
            case SCORES ->
                sizes.keysFirst()
                        ? product(
                                projection,
                                headsTransposed(sizes, sizes.queries(), 3 * hidden),
                                scoresTransposed(sizes),
                                scale(sizes))
                        : product(queries, projectionTransposed, scores, scale(sizes));
            case CONTEXT -> product(scores, projection, contexts, new post_ops());
            case WEIGHTS_GRADIENT -> product(contexts, projectionTransposed, scores, new post_ops());
            case VALUE_GRADIENT -> product(scoresTransposed(sizes), contexts, projection, new post_ops());
            case QUERY_GRADIENT -> product(scores, projection, queries, scale(sizes));
            case KEY_GRADIENT -> product(scoresTransposed(sizes), queries, projection, scale(sizes));
        };
    }

    private static Plan product(memory.desc source, memory.desc weights, memory.desc target, post_ops following) {
        matmul.primitive_desc description = new matmul.primitive_desc(
                Library.engine(), source, weights, target, Descriptions.attributes(following), false);
        return new Plan(
                description,
                new matmul(description),
                new Plan.Operand(DNNL_ARG_SRC, source),
                new Plan.Operand(DNNL_ARG_WEIGHTS, weights),
                new Plan.Operand(DNNL_ARG_DST, target));
    }

    /** P of a type as it lies to float32 (n, A, L, L) without gaps. */
    static Plan showPlan(memory.data_type type, Sizes sizes) {
        memory.desc source = scores(type, sizes);
        long matrix = (long) sizes.queries() * sizes.length();
        memory.desc target = Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), sizes.queries(), sizes.length()},
                sizes.heads() * matrix,
                matrix,
                sizes.length(),
                1);
        reorder.primitive_desc description = new reorder.primitive_desc(
                Library.engine(), source, Library.engine(), target, Descriptions.attributes(), false);
        return new Plan(
                description,
                new reorder(description),
                new Plan.Operand(DNNL_ARG_SRC, source),
                new Plan.Operand(DNNL_ARG_DST, target));
    }

    /** 1/√D. */
    private static post_ops scale(Sizes sizes) {
        post_ops scaling = new post_ops();
        scaling.append_eltwise(algorithm.eltwise_linear.value, (float) (1 / Math.sqrt(sizes.headSize())), 0);
        return scaling;
    }

    /** (n, A, L or M, D) in rows of {@code row} floats. */
    private static memory.desc heads(Sizes sizes, int rows, long row) {
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), rows, sizes.headSize()},
                rows * row,
                sizes.headSize(),
                row,
                1);
    }

    /** The same as (n, A, D, L or M). */
    private static memory.desc headsTransposed(Sizes sizes, int rows, long row) {
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), sizes.headSize(), rows},
                rows * row,
                sizes.headSize(),
                1,
                row);
    }

    /** (n, A, M, L). */
    private static memory.desc scores(Sizes sizes) {
        return scores(memory.data_type.f32, sizes);
    }

    /** (n, A, M, L), of a type. */
    static memory.desc scores(memory.data_type type, Sizes sizes) {
        ScoreStrides strides = ScoreStrides.of(sizes);
        return Descriptions.strided(
                type,
                new long[] {sizes.texts(), sizes.heads(), sizes.queries(), sizes.length()},
                strides.text(),
                strides.head(),
                strides.query(),
                strides.key());
    }

    /** The same as (n, A, L, M). */
    static memory.desc scoresTransposed(Sizes sizes) {
        ScoreStrides strides = ScoreStrides.of(sizes);
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), sizes.length(), sizes.queries()},
                strides.text(),
                strides.head(),
                strides.key(),
                strides.query());
    }

    /** How far apart scores lie. */
    private record ScoreStrides(long text, long head, long query, long key) {

        static ScoreStrides of(Sizes sizes) {
            long queries = sizes.queries();
            if (sizes.keysFirst()) {
                // of a single text any stride is true, but with this one for text and key alike the library reads
                // elsewhere
                long text = sizes.texts() == 1 ? sizes.scoreCount() : sizes.heads() * queries;
                return new ScoreStrides(text, queries, 1, sizes.scoreRows());
            }
            long matrix = queries * sizes.length();
            return new ScoreStrides(sizes.heads() * matrix, matrix, sizes.length(), 1);
        }
    }
}
