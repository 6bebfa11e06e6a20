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

    private static final int LAST_AXIS = 1;

    private final Kernels kernels;
    private @Nullable Groups groups; // of the last layout

    private enum Kind {
        SCORES,
        SOFTMAX,
        CONTEXT
    }

    private record Key(Kind kind, HeadProducts.Sizes sizes) {}

    NarrowHeads(Kernels kernels) {
        this.kernels = kernels;
    }

    /** A layout's texts and heads in groups. */
    Groups groups(SequenceLayout layout, int headCount, int headSize) {
        Groups known = groups;
        if (known == null || !known.isOf(layout, headCount, headSize)) {
            known = new Groups(layout, headCount, headSize);
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
        kernels.run(group.scores.aim(query, key, scores));
        if (group.softmax == null || group.softmax.isClosed()) {
            group.softmax = plan(Kind.SOFTMAX, group.sizes());
        }
        kernels.run(group.softmax.aim(scores, weights));
    }

    /** The same for some rows of a text that workers share. */
    void attentionWeights(HeadProducts.Sizes sizes, long query, long key, long scores, long weights) {
        kernels.run(plan(Kind.SCORES, sizes).aim(query, key, scores));
        kernels.run(plan(Kind.SOFTMAX, sizes).aim(scores, weights));
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
                memory.desc scores = scores(memory.data_type.f32, sizes);
                memory.desc queries = rows(sizes, sizes.queries(), 3 * hidden);
                yield product(queries, rowsTransposed(sizes, 3 * hidden), scores, scaling);
            }
            case SOFTMAX -> softmaxPlan(sizes);
            case CONTEXT ->
                product(
                        scores(memory.data_type.bf16, sizes),
                        rows(sizes, sizes.length(), 3 * hidden),
                        rows(sizes, sizes.queries(), hidden),
                        new post_ops());
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
        memory.desc source = Descriptions.matrix(sizes.scoreRows(), sizes.length());
        memory.desc target = Descriptions.matrix(memory.data_type.bf16, sizes.scoreRows(), sizes.length());
        softmax_forward.primitive_desc description = new softmax_forward.primitive_desc(
                Library.engine(),
                prop_kind.forward_inference.value,
                algorithm.softmax_accurate.value,
                source,
                target,
                LAST_AXIS,
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

    /** The same as (n, A, D, L). */
    private static memory.desc rowsTransposed(HeadProducts.Sizes sizes, long row) {
        return Descriptions.strided(
                memory.data_type.bf16,
                new long[] {sizes.texts(), sizes.heads(), sizes.headSize(), sizes.length()},
                sizes.length() * row,
                sizes.headSize(),
                1,
                row);
    }

    /** (n, A, M, L) without gaps. */
    private static memory.desc scores(memory.data_type type, HeadProducts.Sizes sizes) {
        long length = sizes.length();
        return Descriptions.strided(
                type,
                new long[] {sizes.texts(), sizes.heads(), sizes.queries(), length},
                sizes.heads() * sizes.queries() * length,
                sizes.queries() * length,
                length,
                1);
    }
}
