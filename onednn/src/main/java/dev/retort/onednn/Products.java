package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The products of a linear layer, with what the library can do in passing.
 *
 * <p>A row's bits do not depend on the {@link Pieces piece} it is in.
 */
final class Products {

    private static final long NONE = 0; // no such operand

    private final Kernels kernels;

    /** A product's sizes: the key of its plan. */
    private record Shape(
            long rows,
            long inner,
            long columns,
            Layout source,
            @Nullable Layout weights, // null: packed
            long targetStride,
            boolean bias,
            Activation activation,
            boolean residual,
            boolean accumulate) {

        Shape withRows(long count) {
            return count == rows
                    ? this
                    : new Shape(
                            count,
                            inner,
                            columns,
                            source,
                            weights,
                            targetStride,
                            bias,
                            activation,
                            residual,
                            accumulate);
        }
    }

    /** How far apart a matrix's rows and columns are, in elements. */
    private record Layout(long row, long column) {}

    Products(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Y = act(X Wᵀ + b) + R.
     *
     * @param rows as {@link Kernels#roundedRows} gives them
     * @param x the address of X, (rows, in), row-major
     * @param residual the address of R, (rows, out), row-major, or 0 for none
     * @param y the address of Y, (rows, out)
     * @param stride from one row of Y to the next
     */
    void forward(long rows, long x, Weight weight, Activation activation, long residual, long y, long stride) {
        if (weight instanceof PackedWeight packed) {
            forward(rows, x, packed.panel(), null, activation, residual, y, stride);
        } else {
            INDArray matrix = Address.rowMajor(weight.matrix().value());
            Variable bias = weight.bias();
            long biasAddress = bias == null ? NONE : Address.of(Address.rowMajor(bias.value()));
            long in = matrix.size(1);
            Panel plain = new Panel(Precision.F32, in, matrix.size(0), Address.of(matrix), 0, 0, biasAddress);
            forward(rows, x, plain, new Layout(1, in), activation, residual, y, stride);
        }
    }

    /** The same with some outputs of a packed weight. */
    void forward(long rows, long x, Panel panel, Activation activation, long residual, long y, long stride) {
        forward(rows, x, panel, null, activation, residual, y, stride);
    }

    private void forward(
            long rows,
            long x,
            Panel panel,
            @Nullable Layout layout,
            Activation activation,
            long residual,
            long y,
            long stride) {
        long in = panel.in();
        long out = panel.out();
        boolean adds = residual != NONE;
        long piece = layout == null ? Pieces.ROWS : Pieces.even(rows);
        Shape whole = new Shape(
                Math.min(piece, rows),
                in,
                out,
                new Layout(in, 1),
                layout,
                stride,
                panel.bias() != NONE,
                activation,
                adds,
                false);
        for (long first = 0; first < rows; first += piece) {
            product(
                    whole.withRows(Math.min(piece, rows - first)),
                    at(x, first, in),
                    panel.address(),
                    panel.bias(),
                    adds ? at(residual, first, out) : NONE,
                    at(y, first, stride));
        }
    }

    /**
     * dX = dY W, or added to what dX holds.
     *
     * @param rows as {@link Kernels#roundedRows} gives them
     * @param dy the address of dY, (rows, out)
     * @param stride from one row of dY to the next
     * @param matrix W, (out, in)
     * @param dx the address of dX, (rows, in)
     */
    void inputGradient(long rows, long dy, long stride, INDArray matrix, long dx, boolean accumulate) {
        INDArray weights = Address.rowMajor(matrix);
        long out = matrix.size(0);
        long in = matrix.size(1);
        Layout source = new Layout(stride, 1);
        Layout plain = new Layout(in, 1);
        long piece = Pieces.even(rows);
        for (long first = 0; first < rows; first += piece) {
            long count = Math.min(piece, rows - first);
            product(
                    new Shape(count, out, in, source, plain, in, false, Activation.IDENTITY, false, accumulate),
                    at(dy, first, stride),
                    Address.of(weights),
                    NONE,
                    NONE,
                    at(dx, first, in));
        }
    }

    /**
     * dW = dYᵀ X: the one product that sums over rows, so it takes them exactly.
     *
     * @param rows any number
     * @param dy the address of dY, (rows, out)
     * @param stride from one row of dY to the next
     * @param x the address of X, (rows, in)
     * @param dw (out, in)
     */
    void weightGradient(long rows, long dy, long stride, long x, INDArray dw) {
        long out = dw.size(0);
        long in = dw.size(1);
        product(
                new Shape(
                        out,
                        rows,
                        in,
                        new Layout(1, stride),
                        new Layout(in, 1),
                        in,
                        false,
                        Activation.IDENTITY,
                        false,
                        false),
                dy,
                x,
                NONE,
                NONE,
                Address.of(dw));
    }

    private static long at(long address, long row, long stride) {
        return address + row * stride * Kernels.FLOAT_BYTES;
    }

    private void product(Shape shape, long source, long weights, long bias, long residual, long target) {
        Plan plan = kernels.plan(shape, Products::plan);
        if (shape.bias() && shape.residual()) {
            kernels.run(plan.aim(source, weights, target, bias, residual));
        } else if (shape.bias()) {
            kernels.run(plan.aim(source, weights, target, bias));
        } else if (shape.residual()) {
            kernels.run(plan.aim(source, weights, target, residual));
        } else {
            kernels.run(plan.aim(source, weights, target));
        }
    }

    private static Plan plan(Shape shape) {
        memory.desc source = matrix(shape.rows(), shape.inner(), shape.source());
        memory.desc weights = shape.weights() == null
                ? PackedWeight.description(shape.inner(), shape.columns(), Precision.F32)
                : matrix(shape.inner(), shape.columns(), shape.weights());
        memory.desc target = matrix(shape.rows(), shape.columns(), new Layout(shape.targetStride(), 1));
        memory.desc bias = Descriptions.matrix(1, shape.columns());

        List<Plan.Operand> operands = new ArrayList<>(List.of(
                new Plan.Operand(DNNL_ARG_SRC, source),
                new Plan.Operand(DNNL_ARG_WEIGHTS, weights),
                new Plan.Operand(DNNL_ARG_DST, target)));
        post_ops following = new post_ops();
        if (shape.bias()) {
            operands.add(new Plan.Operand(DNNL_ARG_BIAS, bias));
        }
        if (shape.accumulate()) {
            following.append_sum();
        }
        if (shape.activation() != Activation.IDENTITY) {
            Elementwise elementwise = Elementwise.of(shape.activation());
            following.append_eltwise(elementwise.function(), elementwise.alpha(), elementwise.beta());
        }
        if (shape.residual()) {
            memory.desc residual = Descriptions.matrix(shape.rows(), shape.columns());
            int place = following.len();
            following.append_binary(algorithm.binary_add.value, residual);
            operands.add(
                    new Plan.Operand((DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (place + 1)) | DNNL_ARG_SRC_1, residual));
        }
        primitive_attr attributes = Descriptions.attributes(following);
        matmul.primitive_desc description = shape.bias()
                ? new matmul.primitive_desc(Library.engine(), source, weights, bias, target, attributes, false)
                : new matmul.primitive_desc(Library.engine(), source, weights, target, attributes, false);
        return new Plan(description, new matmul(description), operands.toArray(new Plan.Operand[0]));
    }

    private static memory.desc matrix(long rows, long columns, Layout layout) {
        return Descriptions.strided(new long[] {rows, columns}, layout.row(), layout.column());
    }
}
