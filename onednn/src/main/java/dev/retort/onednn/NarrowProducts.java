package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_SCALES;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import dev.retort.autograd.fusion.Activation;
import dev.retort.core.Precision;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A linear layer's product in bfloat16 or int8, summed in float32 or in whole numbers. The input is brought into the weight's format
 * piece by piece on the way.
 *
 * <pre>
 *   bfloat16   Y = act(bf16(X) Wᵀ + b) + R
 *   int8       Y = act(s ⊙ ((q + 128) Qᵀ ⊙ t + o) + b) + R      X ≈ s q with a scale a row, W ≈ t Q with a scale an output
 * </pre>
 *
 * In int8 the product itself knows the outputs' scales t and offsets o = -128 t ⊙ Σ Q only; {@link RowScaling} does the rest.
 */
final class NarrowProducts {

    private static final long NONE = 0; // no such operand
    private static final int OUTPUTS = 1 << 1; // the axis that the weights' scales run along

    private final Kernels kernels;
    private final RowFormats formats;
    private final RowScaling scaling;
    private final RecentKeys<Shape> recent = new RecentKeys<>();

    /** The key of a plan; in int8 the bias is the offsets, activation and residual are none. */
    private record Shape(
            Precision precision,
            long rows,
            long inner,
            long columns,
            DataType target,
            long targetStride,
            boolean bias,
            Activation activation,
            boolean residual) {

        boolean is(
                Precision precision,
                long rows,
                long inner,
                long columns,
                DataType target,
                long targetStride,
                boolean bias,
                Activation activation,
                boolean residual) {
            return this.precision == precision
                    && this.rows == rows
                    && this.inner == inner
                    && this.columns == columns
                    && this.target == target
                    && this.targetStride == targetStride
                    && this.bias == bias
                    && this.activation == activation
                    && this.residual == residual;
        }

        memory.data_type inputs() {
            return precision == Precision.INT8 ? memory.data_type.u8 : memory.data_type.bf16;
        }

        memory.data_type elements() {
            return precision == Precision.INT8 ? memory.data_type.s8 : memory.data_type.bf16;
        }

        memory.desc anyWeights() {
            return new memory.desc(new long[] {inner, columns}, elements(), memory.format_tag.any);
        }
    }

    NarrowProducts(Kernels kernels, RowFormats formats, RowScaling scaling) {
        this.kernels = kernels;
        this.formats = formats;
        this.scaling = scaling;
    }

    /**
     * Y = act(X Wᵀ + b) + R.
     *
     * @param rows as {@link Kernels#roundedRows} gives them
     * @param type of X
     * @param x the address of X, (rows, in), row-major
     * @param panel not float32
     * @param residual the address of R, (rows, out), float32, row-major, or 0 for none
     * @param target the type of Y
     * @param y the address of Y, (rows, out)
     * @param stride from one row of Y to the next, in elements
     */
    void forward(
            long rows,
            DataType type,
            long x,
            Panel panel,
            Activation activation,
            long residual,
            DataType target,
            long y,
            long stride) {
        long in = panel.in();
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            long mark = kernels.scope().mark();
            long source = x + first * in * type.width();
            Narrowed inputs = narrowed(Pieces.count(first, rows), in, type, source, panel.precision());
            long added = residual == NONE ? NONE : residual + first * panel.out() * Kernels.FLOAT_BYTES;
            forward(inputs, panel, activation, added, target, y + first * stride * target.width(), stride);
            kernels.scope().release(mark);
        }
    }

    /**
     * A piece of rows in the format of a weight.
     *
     * @param elements the address of X, (rows, in), in bfloat16, or of q + 128 in bytes
     * @param scales the address of s, (rows), or 0 in bfloat16
     */
    record Narrowed(long rows, Precision precision, long elements, long scales) {}

    /**
     * Brings a piece of rows into a weight's format, for one product or for several; in memory of the step, or where it is if it has the
     * format.
     *
     * @param rows at most {@link Pieces#ROWS}
     * @param type of X
     * @param x the address of X, (rows, in), row-major
     * @param precision not float32
     */
    Narrowed narrowed(long rows, long in, DataType type, long x, Precision precision) {
        if (precision == Precision.INT8) {
            long quantized = kernels.scope().allocate(rows * in);
            long scales = kernels.floats(rows);
            formats.quantize(rows, in, type, x, quantized, scales);
            return new Narrowed(rows, precision, quantized, scales);
        }
        if (type == DataType.BFLOAT16) {
            return new Narrowed(rows, precision, x, NONE);
        }
        long converted = kernels.scope().allocate(rows * in * DataType.BFLOAT16.width());
        formats.convert(rows, in, type, x, DataType.BFLOAT16, converted);
        return new Narrowed(rows, precision, converted, NONE);
    }

    /** Y = act(X Wᵀ + b) + R of a piece of rows; see {@link #forward(long, DataType, long, Panel, Activation, long, DataType, long, long)}. */
    void forward(
            Narrowed inputs, Panel panel, Activation activation, long residual, DataType target, long y, long stride) {
        if (inputs.precision() == Precision.INT8) {
            quantized(inputs, panel, activation, residual, target, y, stride);
        } else {
            rounded(inputs, panel, activation, residual, target, y, stride);
        }
    }

    private void rounded(
            Narrowed inputs, Panel panel, Activation activation, long residual, DataType target, long y, long stride) {
        Shape shape = shape(
                Precision.BF16,
                inputs.rows(),
                panel.in(),
                panel.out(),
                target,
                stride,
                panel.bias() != NONE,
                activation,
                residual != NONE);
        Plan plan = kernels.plan(shape, NarrowProducts::plan).aim(inputs.elements(), panel.address(), y);
        int next = 3;
        if (shape.bias()) {
            plan.aimAt(next++, panel.bias());
        }
        if (shape.residual()) {
            plan.aimAt(next, residual);
        }
        kernels.run(plan);
    }

    private void quantized(
            Narrowed inputs, Panel panel, Activation activation, long residual, DataType target, long y, long stride) {
        long rows = inputs.rows();
        long out = panel.out();
        long mark = kernels.scope().mark();
        boolean inPlace = stride == out;
        long product = inPlace ? y : kernels.scope().allocate(rows * out * target.width());
        Shape shape = shape(Precision.INT8, rows, panel.in(), out, target, out, true, Activation.IDENTITY, false);
        kernels.run(kernels.plan(shape, NarrowProducts::plan)
                .aim(inputs.elements(), panel.address(), product, panel.scales(), panel.offsets()));
        scaling.apply(rows, out, target, product, inputs.scales(), panel.bias(), activation, residual);
        if (!inPlace) {
            formats.spread(rows, out, target, product, y, stride);
        }
        kernels.scope().release(mark);
    }

    private Shape shape(
            Precision precision,
            long rows,
            long inner,
            long columns,
            DataType target,
            long targetStride,
            boolean bias,
            Activation activation,
            boolean residual) {
        int hash = Long.hashCode(31 * (31 * (31 * rows + inner) + columns) + targetStride);
        Shape known = recent.near(hash);
        if (known != null
                && known.is(precision, rows, inner, columns, target, targetStride, bias, activation, residual)) {
            return known;
        }
        return recent.put(
                hash, new Shape(precision, rows, inner, columns, target, targetStride, bias, activation, residual));
    }

    private static Plan plan(Shape shape) {
        List<Plan.Operand> operands = new ArrayList<>();
        memory.desc weights = PackedWeight.description(shape.inner(), shape.columns(), shape.precision());
        matmul.primitive_desc description = describe(shape, weights, operands);
        return new Plan(description, new matmul(description), operands.toArray(new Plan.Operand[0]));
    }

    private static matmul.primitive_desc describe(Shape shape, memory.desc weights, List<Plan.Operand> operands) {
        memory.desc source = Descriptions.matrix(shape.inputs(), shape.rows(), shape.inner());
        memory.desc target = Descriptions.strided(
                Descriptions.type(shape.target()), new long[] {shape.rows(), shape.columns()}, shape.targetStride(), 1);
        memory.desc perColumn = Descriptions.matrix(1, shape.columns());
        boolean quantized = shape.precision() == Precision.INT8;
        post_ops following = new post_ops();
        operands.add(new Plan.Operand(DNNL_ARG_SRC, source));
        operands.add(new Plan.Operand(DNNL_ARG_WEIGHTS, weights));
        operands.add(new Plan.Operand(DNNL_ARG_DST, target));
        if (quantized) {
            operands.add(
                    new Plan.Operand(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, Descriptions.vector(shape.columns())));
        }
        if (shape.bias()) {
            operands.add(new Plan.Operand(DNNL_ARG_BIAS, perColumn));
        }
        if (shape.activation() != Activation.IDENTITY) {
            Elementwise elementwise = Elementwise.of(shape.activation());
            following.append_eltwise(elementwise.function(), elementwise.alpha(), elementwise.beta());
        }
        if (shape.residual()) {
            appendBinary(following, operands, algorithm.binary_add, Descriptions.matrix(shape.rows(), shape.columns()));
        }
        primitive_attr attributes = Descriptions.attributes(following);
        if (quantized) {
            attributes.set_scales_mask(DNNL_ARG_WEIGHTS, OUTPUTS);
        }
        return shape.bias()
                ? new matmul.primitive_desc(Library.engine(), source, weights, perColumn, target, attributes, false)
                : new matmul.primitive_desc(Library.engine(), source, weights, target, attributes, false);
    }

    private static void appendBinary(
            post_ops following, List<Plan.Operand> operands, algorithm function, memory.desc operand) {
        int place = following.len();
        following.append_binary(function.value, operand);
        operands.add(new Plan.Operand((DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (place + 1)) | DNNL_ARG_SRC_1, operand));
    }

    private static matmul.primitive_desc typical(long rows, long in, long out, Precision precision) {
        Shape shape = new Shape(precision, rows, in, out, DataType.BFLOAT16, out, true, Activation.IDENTITY, false);
        return describe(shape, shape.anyWeights(), new ArrayList<>());
    }

    /** The layout in which the kernels want a Wᵀ, (in, out). */
    static memory.desc weightsDescription(long rows, long in, long out, Precision precision) {
        return typical(rows, in, out, precision).weights_desc();
    }

    /** What computes a product of usual size, by the library's name for it, or null if nothing can. */
    static @Nullable String implementation(Precision precision) {
        try {
            return typical(256, 384, 1536, precision).impl_info_str().getString();
        } catch (RuntimeException refusal) {
            return null;
        }
    }
}
