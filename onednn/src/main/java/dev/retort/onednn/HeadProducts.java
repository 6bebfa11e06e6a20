package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;

/**
 * Attention's products, each head of each text by itself, on tensors as they lie: queries, keys and values side by side in the rows of
 * one (N, 3H) matrix, contexts in the rows of a (N, H) one, both read with strides; scores (n, A, L, L) without gaps.
 */
final class HeadProducts {

    private final Kernels kernels;

    /**
     * Which texts and heads.
     *
     * @param texts n, of equal length, one after the other
     * @param heads computed here, adjacent ones
     * @param allHeads A
     * @param length L
     * @param headSize D
     */
    record Sizes(int texts, int heads, int allHeads, int length, int headSize) {

        long scoreCount() {
            return (long) texts * heads * length * length;
        }
    }

    /** The products, written with one head's matrices: Q, K, V and C are (L, D), S is (L, L). */
    private enum Kind {
        /** S = Q Kᵀ / √D. */
        SCORES,
        /** C = S V. */
        CONTEXT,
        /** dS = dC Vᵀ. */
        SCORES_GRADIENT,
        /** dV = Sᵀ dC. */
        VALUE_GRADIENT,
        /** dQ = dS K / √D. */
        QUERY_GRADIENT,
        /** dK = dSᵀ Q / √D. */
        KEY_GRADIENT
    }

    private record Key(Kind kind, Sizes sizes) {}

    HeadProducts(Kernels kernels) {
        this.kernels = kernels;
    }

    void scores(Sizes sizes, long query, long key, long scores) {
        run(Kind.SCORES, sizes, query, key, scores);
    }

    void context(Sizes sizes, long attentionWeights, long value, long context) {
        run(Kind.CONTEXT, sizes, attentionWeights, value, context);
    }

    void scoresGradient(Sizes sizes, long dContext, long value, long dScores) {
        run(Kind.SCORES_GRADIENT, sizes, dContext, value, dScores);
    }

    void valueGradient(Sizes sizes, long attentionWeights, long dContext, long dValue) {
        run(Kind.VALUE_GRADIENT, sizes, attentionWeights, dContext, dValue);
    }

    void queryGradient(Sizes sizes, long dScores, long key, long dQuery) {
        run(Kind.QUERY_GRADIENT, sizes, dScores, key, dQuery);
    }

    void keyGradient(Sizes sizes, long dScores, long query, long dKey) {
        run(Kind.KEY_GRADIENT, sizes, dScores, query, dKey);
    }

    private void run(Kind kind, Sizes sizes, long source, long weights, long target) {
        Plan plan = kernels.plan(new Key(kind, sizes), () -> plan(kind, sizes));
        kernels.run(plan, source, weights, target);
    }

    private static Plan plan(Kind kind, Sizes sizes) {
        long hidden = (long) sizes.allHeads() * sizes.headSize();
        memory.desc projection = heads(sizes, 3 * hidden);
        memory.desc projectionTransposed = headsTransposed(sizes, 3 * hidden);
        memory.desc contexts = heads(sizes, hidden);
        memory.desc scores = scores(sizes);
        return switch (kind) {
            case SCORES -> product(projection, projectionTransposed, scores, scale(sizes));
            case CONTEXT -> product(scores, projection, contexts, new post_ops());
            case SCORES_GRADIENT -> product(contexts, projectionTransposed, scores, new post_ops());
            case VALUE_GRADIENT -> product(scoresTransposed(sizes), contexts, projection, new post_ops());
            case QUERY_GRADIENT -> product(scores, projection, projection, scale(sizes));
            case KEY_GRADIENT -> product(scoresTransposed(sizes), projection, projection, scale(sizes));
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

    /** 1/√D. */
    private static post_ops scale(Sizes sizes) {
        post_ops scaling = new post_ops();
        scaling.append_eltwise(algorithm.eltwise_linear.value, (float) (1 / Math.sqrt(sizes.headSize())), 0);
        return scaling;
    }

    /** (n, A, L, D) in rows of {@code row} floats. */
    private static memory.desc heads(Sizes sizes, long row) {
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), sizes.length(), sizes.headSize()},
                sizes.length() * row,
                sizes.headSize(),
                row,
                1);
    }

    /** The same as (n, A, D, L). */
    private static memory.desc headsTransposed(Sizes sizes, long row) {
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), sizes.headSize(), sizes.length()},
                sizes.length() * row,
                sizes.headSize(),
                1,
                row);
    }

    /** (n, A, L, L). */
    private static memory.desc scores(Sizes sizes) {
        return ofScores(sizes, sizes.length(), 1);
    }

    /** The same with its last two axes exchanged. */
    private static memory.desc scoresTransposed(Sizes sizes) {
        return ofScores(sizes, 1, sizes.length());
    }

    private static memory.desc ofScores(Sizes sizes, long row, long column) {
        long length = sizes.length();
        return Descriptions.strided(
                new long[] {sizes.texts(), sizes.heads(), length, length},
                sizes.heads() * length * length,
                length * length,
                row,
                column);
    }
}
