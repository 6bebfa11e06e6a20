package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import dev.retort.autograd.fusion.Activation;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What follows an int8 product, in place: each row's scale, then bias, activation and residual.
 *
 * <pre>
 *   Y = act(s ⊙ Z + b) + R      s one a row, b one a column
 * </pre>
 *
 * Inside the product an operand that varies by row, and any that comes after it, costs the product a fifth of its speed. Without a residual
 * there are two passes, because an operand by column that is not the first one costs more than another pass.
 */
final class RowScaling {

    private static final long NONE = 0; // no such operand

    private final Kernels kernels;
    private final RecentKeys<Key> recent = new RecentKeys<>();

    private enum Kind {
        SCALE,
        ADD_BIAS,
        SCALE_AND_ADD
    }

    private record Key(Kind kind, long rows, long columns, DataType type, boolean bias, Activation activation) {

        boolean is(Kind kind, long rows, long columns, DataType type, boolean bias, Activation activation) {
            return this.kind == kind
                    && this.rows == rows
                    && this.columns == columns
                    && this.type == type
                    && this.bias == bias
                    && this.activation == activation;
        }

        memory.desc matrix() {
            return Descriptions.matrix(Descriptions.type(type), rows, columns);
        }

        memory.desc perRow() {
            return Descriptions.matrix(rows, 1);
        }

        memory.desc perColumn() {
            return Descriptions.matrix(1, columns);
        }
    }

    RowScaling(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * @param type of Z and Y: float32, or without a residual bfloat16
     * @param z the address of Z, (rows, columns), and of Y afterwards
     * @param scales the address of s, (rows)
     * @param bias the address of b, (columns), or 0 for none
     * @param residual the address of R, (rows, columns), float32, or 0 for none
     */
    void apply(
            long rows,
            long columns,
            DataType type,
            long z,
            long scales,
            long bias,
            Activation activation,
            long residual) {
        boolean hasBias = bias != NONE;
        if (residual != NONE) {
            Plan plan = plan(Kind.SCALE_AND_ADD, rows, columns, type, hasBias, activation);
            plan.aim(z, scales, z, residual);
            if (hasBias) {
                plan.aimAt(4, bias);
            }
            kernels.run(plan);
            return;
        }
        Activation first = hasBias ? Activation.IDENTITY : activation;
        kernels.run(plan(Kind.SCALE, rows, columns, type, false, first).aim(z, scales, z));
        if (hasBias) {
            kernels.run(
                    plan(Kind.ADD_BIAS, rows, columns, type, true, activation).aim(z, bias, z));
        }
    }

    private Plan plan(Kind kind, long rows, long columns, DataType type, boolean bias, Activation activation) {
        int hash = 4 * activation.ordinal() + kind.ordinal() + 31 * Long.hashCode(31 * rows + columns);
        Key key = recent.near(hash);
        if (key == null || !key.is(kind, rows, columns, type, bias, activation)) {
            key = recent.put(hash, new Key(kind, rows, columns, type, bias, activation));
        }
        return kernels.plan(key, RowScaling::plan);
    }

    private static Plan plan(Key key) {
        memory.desc second = key.kind() == Kind.ADD_BIAS ? key.perColumn() : key.perRow();
        List<Plan.Operand> operands = new ArrayList<>(List.of(
                new Plan.Operand(DNNL_ARG_SRC_0, key.matrix()),
                new Plan.Operand(DNNL_ARG_SRC_1, second),
                new Plan.Operand(DNNL_ARG_DST, key.matrix())));
        post_ops following = new post_ops();
        boolean adds = key.kind() == Kind.SCALE_AND_ADD;
        int bias = 0;
        if (adds && key.bias()) {
            following.append_binary(algorithm.binary_add.value, key.perColumn());
            bias = argument(0);
        }
        if (key.activation() != Activation.IDENTITY) {
            Elementwise elementwise = Elementwise.of(key.activation());
            following.append_eltwise(elementwise.function(), elementwise.alpha(), elementwise.beta());
        }
        if (adds) {
            memory.desc residual = Descriptions.matrix(key.rows(), key.columns());
            operands.add(new Plan.Operand(argument(following.len()), residual));
            following.append_binary(algorithm.binary_add.value, residual);
        }
        if (bias != 0) {
            operands.add(new Plan.Operand(bias, key.perColumn()));
        }
        algorithm function = key.kind() == Kind.ADD_BIAS ? algorithm.binary_add : algorithm.binary_mul;
        binary.primitive_desc description = new binary.primitive_desc(
                Library.engine(),
                function.value,
                key.matrix(),
                second,
                key.matrix(),
                Descriptions.attributes(following),
                false);
        return new Plan(description, new binary(description), operands.toArray(new Plan.Operand[0]));
    }

    /** The library's name of the operand of the post-operation at a place. */
    private static int argument(int place) {
        return (DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (place + 1)) | DNNL_ARG_SRC_1;
    }
}
