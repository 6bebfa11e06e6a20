package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import dev.retort.core.QuantizedMatrix;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.reduction;
import org.bytedeco.dnnl.reorder;
import org.nd4j.linalg.api.buffer.DataType;

/** Brings the rows of a row-major matrix into another number format, each row by itself. Arguments are addresses. */
final class RowFormats {

    /** What is added to quantised elements: the processor multiplies bytes without a sign by bytes with one. */
    static final int ZERO = 128;

    private static final float LEAST_SCALE =
            1e-30f; // added, so that a row of zeros is not divided by zero; vanishes beside others

    private final Kernels kernels;
    private final RecentKeys<Key> recent = new RecentKeys<>();

    private enum Kind {
        CONVERT,
        SPREAD,
        NEGATED_LEAST,
        SCALE,
        QUANTIZE
    }

    private record Key(Kind kind, long rows, long columns, DataType from, DataType to, long stride) {

        boolean is(Kind kind, long rows, long columns, DataType from, DataType to, long stride) {
            return this.kind == kind
                    && this.rows == rows
                    && this.columns == columns
                    && this.from == from
                    && this.to == to
                    && this.stride == stride;
        }

        memory.desc source() {
            return Descriptions.matrix(Descriptions.type(from), rows, columns);
        }

        memory.desc onePerRow() {
            return Descriptions.matrix(rows, 1);
        }
    }

    RowFormats(Kernels kernels) {
        this.kernels = kernels;
    }

    /** The same numbers, rounded to the nearest of the other type. */
    void convert(long rows, long columns, DataType from, long x, DataType to, long y) {
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = plan(Kind.CONVERT, Pieces.count(first, rows), columns, from, to);
            kernels.run(plan.aim(x + first * columns * from.width(), y + first * columns * to.width()));
        }
    }

    /** A piece of rows without gaps copied to rows that begin {@code stride} elements apart. */
    void spread(long rows, long columns, DataType type, long x, long y, long stride) {
        kernels.run(plan(Kind.SPREAD, rows, columns, type, type, stride).aim(x, y));
    }

    /**
     * Quantises a piece of rows.
     *
     * <pre>
     *   sᵢ = max|xᵢ| / 127      qᵢ = xᵢ / sᵢ, rounded
     * </pre>
     *
     * @param type of x
     * @param quantized q + 128, (rows, columns), bytes without a sign
     * @param scales s, (rows)
     */
    void quantize(long rows, long columns, DataType type, long x, long quantized, long scales) {
        long mark = kernels.scope().mark();
        long negatedLeast = kernels.floats(rows);
        kernels.run(plan(Kind.NEGATED_LEAST, rows, columns, type, type).aim(x, negatedLeast));
        kernels.run(plan(Kind.SCALE, rows, columns, type, type).aim(x, scales, negatedLeast));
        kernels.run(plan(Kind.QUANTIZE, rows, columns, type, type).aim(x, scales, quantized));
        kernels.scope().release(mark);
    }

    private Plan plan(Kind kind, long rows, long columns, DataType from, DataType to) {
        return plan(kind, rows, columns, from, to, columns);
    }

    private Plan plan(Kind kind, long rows, long columns, DataType from, DataType to, long stride) {
        int hash = kind.ordinal() + 31 * Long.hashCode(31 * (31 * rows + columns) + stride);
        Key key = recent.near(hash);
        if (key == null || !key.is(kind, rows, columns, from, to, stride)) {
            key = recent.put(hash, new Key(kind, rows, columns, from, to, stride));
        }
        return kernels.plan(key, RowFormats::plan);
    }

    private static Plan plan(Key key) {
        return switch (key.kind()) {
            case CONVERT, SPREAD -> convertPlan(key);
            case NEGATED_LEAST -> negatedLeastPlan(key);
            case SCALE -> scalePlan(key);
            case QUANTIZE -> quantizePlan(key);
        };
    }

    private static Plan convertPlan(Key key) {
        memory.desc target = Descriptions.strided(
                Descriptions.type(key.to()), new long[] {key.rows(), key.columns()}, key.stride(), 1);
        reorder.primitive_desc description = new reorder.primitive_desc(
                Library.engine(), key.source(), Library.engine(), target, Descriptions.attributes(), false);
        return new Plan(
                description,
                new reorder(description),
                new Plan.Operand(DNNL_ARG_SRC, key.source()),
                new Plan.Operand(DNNL_ARG_DST, target));
    }

    /** -min x. */
    private static Plan negatedLeastPlan(Key key) {
        post_ops negation = new post_ops();
        negation.append_eltwise(algorithm.eltwise_linear.value, -1, 0);
        return reductionPlan(key, algorithm.reduction_min, negation);
    }

    /** max(max x, -min x) / 127. */
    private static Plan scalePlan(Key key) {
        post_ops following = new post_ops();
        following.append_binary(algorithm.binary_max.value, key.onePerRow());
        following.append_eltwise(algorithm.eltwise_linear.value, 1f / QuantizedMatrix.GREATEST, LEAST_SCALE);
        return reductionPlan(
                key,
                algorithm.reduction_max,
                following,
                new Plan.Operand(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_SRC_1, key.onePerRow()));
    }

    private static Plan reductionPlan(Key key, algorithm reducing, post_ops following, Plan.Operand... more) {
        reduction.primitive_desc description = new reduction.primitive_desc(
                Library.engine(),
                reducing.value,
                key.source(),
                key.onePerRow(),
                0f,
                0f,
                Descriptions.attributes(following),
                false);
        Plan.Operand[] operands = new Plan.Operand[2 + more.length];
        operands[0] = new Plan.Operand(DNNL_ARG_SRC, key.source());
        operands[1] = new Plan.Operand(DNNL_ARG_DST, key.onePerRow());
        System.arraycopy(more, 0, operands, 2, more.length);
        return new Plan(description, new reduction(description), operands);
    }

    private static Plan quantizePlan(Key key) {
        memory.desc target = Descriptions.matrix(memory.data_type.u8, key.rows(), key.columns());
        post_ops following = new post_ops();
        following.append_eltwise(algorithm.eltwise_linear.value, 1, ZERO);
        binary.primitive_desc description = new binary.primitive_desc(
                Library.engine(),
                algorithm.binary_div.value,
                key.source(),
                key.onePerRow(),
                target,
                Descriptions.attributes(following),
                false);
        return new Plan(
                description,
                new binary(description),
                new Plan.Operand(DNNL_ARG_SRC_0, key.source()),
                new Plan.Operand(DNNL_ARG_SRC_1, key.onePerRow()),
                new Plan.Operand(DNNL_ARG_DST, target));
    }
}
