package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import dev.retort.core.SequenceLayout;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.softmax_forward;
import org.jspecify.annotations.Nullable;

/**
 * Attention's products as {@link HeadProducts} has them, on bfloat16 queries, keys and values; scores are float32 until their softmax is
 * taken.
 */
final class NarrowHeads {

    private static final int FIRST_AXIS = 0;
    private static final int LAST_AXIS = 1;

    private final Kernels kernels;
    private @Nullable Groups groups; // of the last layout

    private enum Kind {
        SCORES,
        SOFTMAX,
        CONTEXT,
        SHOW
    }

    private record Key(Kind kind, HeadProducts.Sizes sizes) {}

    NarrowHeads(Kernels kernels) {
        this.kernels = kernels;
    }

    /** A layout's texts and heads in groups. */
    Groups groups(SequenceLayout layout, int headCount, int headSize) {
        Groups known = groups;
        if (known == null || !known.isOf(layout, headCount, headSize, true)) {
            known = new Groups(layout, headCount, headSize, true);
            groups = known;
        }
        return known;
    }

    /**
     * P = softmax(Q Kᵀ / √D).
     *
     * @param query the address of Q, bfloat16; key alike
     * @param scores the address of memory for the scores, float32
     * @param weights the address of P, bfloat16
     */
    void attentionWeights(Groups.Group group, long query, long key, long scores, long weights) {
        if (group.scores == null || group.scores.isClosed()) {
            group.scores = plan(Kind.SCORES, group.sizes());
        }
        runScores(group.scores, group.sizes(), query, key, scores);
        if (group.softmax == null || group.softmax.isClosed()) {
            group.softmax = plan(Kind.SOFTMAX, group.sizes());
        }
        kernels.run(group.softmax.aim(scores, weights));
    }

    /** The same for some rows of a text that workers share. */
    void attentionWeights(HeadProducts.Sizes sizes, long query, long key, long scores, long weights) {
        runScores(plan(Kind.SCORES, sizes), sizes, query, key, scores);
        kernels.run(plan(Kind.SOFTMAX, sizes).aim(scores, weights));
    }

    private void runScores(Plan plan, HeadProducts.Sizes sizes, long query, long key, long scores) {
        kernels.run(sizes.keysFirst() ? plan.aim(key, query, scores) : plan.aim(query, key, scores));
    }

    /** Copies a group's P to (n, A, L, L) without gaps, float32. */
    void show(HeadProducts.Sizes sizes, long weights, long target) {
        kernels.run(plan(Kind.SHOW, sizes).aim(weights, target));
    }

    /** The same for some rows of a text that workers share. */
    void context(HeadProducts.Sizes sizes, long weights, long value, long context) {
        kernels.run(plan(Kind.CONTEXT, sizes).aim(weights, value, context));
    }

    /** C = P V, all bfloat16. */
    void context(Groups.Group group, long weights, long value, long context) {
        if (group.context == null || group.context.isClosed()) {
            group.context = plan(Kind.CONTEXT, group.sizes());
        }
        kernels.run(group.context.aim(weights, value, context));
    }

    private Plan plan(Kind kind, HeadProducts.Sizes sizes) {
        return kernels.plan(new Key(kind, sizes), NarrowHeads::plan);
    }

    private static Plan plan(Key key) {
        HeadProducts.Sizes sizes = key.sizes();
        long hidden = (long) sizes.allHeads() * sizes.headSize();
        return switch (key.kind()) {
            case SCORES -> {
                post_ops scaling = new post_ops();
                scaling.append_eltwise(
                        algorithm.eltwise_linear.value, (float) (1 / Math.sqrt(sizes.headSize())), 0); // 1/√D
                memory.desc queries = rows(sizes, sizes.queries(), 3 * hidden);
                memory.desc keys = rows(sizes, sizes.length(), 3 * hidden);
                yield sizes.keysFirst()
                        ? product(
                                keys,
                                rowsTransposed(sizes, sizes.queries(), 3 * hidden),
                                HeadProducts.scoresTransposed(sizes),
                                scaling)
                        : product(
                                queries,
                                rowsTransposed(sizes, sizes.length(), 3 * hidden),
                                HeadProducts.scores(memory.data_type.f32, sizes),
                                scaling);
            }
            case SOFTMAX -> softmaxPlan(sizes);
            case CONTEXT ->
                product(
                        HeadProducts.scores(memory.data_type.bf16, sizes),
                        rows(sizes, sizes.length(), 3 * hidden),
                        rows(sizes, sizes.queries(), hidden),
                        new post_ops());
            case SHOW -> HeadProducts.showPlan(memory.data_type.bf16, sizes);
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

    private static Plan softmaxPlan(HeadProducts.Sizes sizes) {
        long rows = sizes.keysFirst() ? sizes.length() : sizes.scoreRows();
        long columns = sizes.keysFirst() ? sizes.scoreRows() : sizes.length();
        memory.desc source = Descriptions.matrix(rows, columns);
        memory.desc target = Descriptions.matrix(memory.data_type.bf16, rows, columns);
        softmax_forward.primitive_desc description = new softmax_forward.primitive_desc(
                Library.engine(),
                prop_kind.forward_inference.value,
                algorithm.softmax_accurate.value,
                source,
                target,
                sizes.keysFirst() ? FIRST_AXIS : LAST_AXIS,
                Descriptions.attributes(),
                false);
        return new Plan(
                description,
                new softmax_forward(description),
                new Plan.Operand(DNNL_ARG_SRC, source),
                new Plan.Operand(DNNL_ARG_DST, target));
    }

    /** (n, A, L or M, D) in rows of {@code row} elements. */
    private static memory.desc rows(HeadProducts.Sizes sizes, int count, long row) {
        return Descriptions.strided(
                memory.data_type.bf16,
                new long[] {sizes.texts(), sizes.heads(), count, sizes.headSize()},
                count * row,
                sizes.headSize(),
                row,
                1);
    }

    /** The same as (n, A, D, L or M). */
    private static memory.desc rowsTransposed(HeadProducts.Sizes sizes, int count, long row) {
        return Descriptions.strided(
                memory.data_type.bf16,
                new long[] {sizes.texts(), sizes.heads(), sizes.headSize(), count},
                count * row,
                sizes.headSize(),
                1,
                row);
    }
}
