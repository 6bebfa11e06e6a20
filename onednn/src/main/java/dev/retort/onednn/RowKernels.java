package dev.retort.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;

import dev.retort.autograd.fusion.Activation;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.softmax_backward;
import org.bytedeco.dnnl.softmax_forward;

/**
 * Kernels that take rows one by one: norms, softmax, activations, sums. Arguments are addresses of row-major float32 memory; a result may
 * overwrite its input where nothing else is said. Forward norms and activations take rows in {@link Pieces}.
 */
final class RowKernels {

    private static final int SCALE_AND_SHIFT =
            normalization_flags.use_scale.value | normalization_flags.use_shift.value;

    private final Kernels kernels;

    private enum Kind {
        NORMALIZE,
        NORMALIZE_FOR_BACKWARD,
        NORMALIZE_BACKWARD,
        SOFTMAX,
        SOFTMAX_BACKWARD,
        ADD
    }

    private record Key(Kind kind, long rows, long columns, double epsilon) {}

    private record ActivationKey(Activation activation, boolean backward, long rows, long columns) {}

    RowKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    /** y = γ ⊙ (x - μ) / √(σ² + ε) + β, each row by itself. */
    void normalize(long rows, long columns, double epsilon, long x, long gamma, long beta, long y) {
        Pieces.of(
                rows,
                (first, count) -> normalizePiece(
                        count, columns, epsilon, at(x, first, columns), gamma, beta, at(y, first, columns)));
    }

    private void normalizePiece(long rows, long columns, double epsilon, long x, long gamma, long beta, long y) {
        Key key = new Key(Kind.NORMALIZE, rows, columns, epsilon);
        Plan plan = kernels.plan(key, () -> {
            layer_normalization_forward.primitive_desc description = normalization(key, prop_kind.forward_inference);
            memory.desc matrix = Descriptions.matrix(rows, columns);
            memory.desc vector = Descriptions.vector(columns);
            return new Plan(
                    description,
                    new layer_normalization_forward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_SCALE, vector),
                    new Plan.Operand(DNNL_ARG_SHIFT, vector),
                    new Plan.Operand(DNNL_ARG_DST, matrix));
        });
        kernels.run(plan, x, gamma, beta, y);
    }

    /** The same, and each row's mean and variance, which {@link #normalizeBackward} needs; y apart from x. */
    void normalize(
            long rows,
            long columns,
            double epsilon,
            long x,
            long gamma,
            long beta,
            long y,
            long means,
            long variances) {
        Pieces.of(
                rows,
                (first, count) -> normalizePiece(
                        count,
                        columns,
                        epsilon,
                        at(x, first, columns),
                        gamma,
                        beta,
                        at(y, first, columns),
                        at(means, first, 1),
                        at(variances, first, 1)));
    }

    private void normalizePiece(
            long rows,
            long columns,
            double epsilon,
            long x,
            long gamma,
            long beta,
            long y,
            long means,
            long variances) {
        Key key = new Key(Kind.NORMALIZE_FOR_BACKWARD, rows, columns, epsilon);
        Plan plan = kernels.plan(key, () -> {
            layer_normalization_forward.primitive_desc description = normalization(key, prop_kind.forward_training);
            memory.desc matrix = Descriptions.matrix(rows, columns);
            memory.desc vector = Descriptions.vector(columns);
            memory.desc statistics = Descriptions.vector(rows);
            return new Plan(
                    description,
                    new layer_normalization_forward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_SCALE, vector),
                    new Plan.Operand(DNNL_ARG_SHIFT, vector),
                    new Plan.Operand(DNNL_ARG_DST, matrix),
                    new Plan.Operand(DNNL_ARG_MEAN, statistics),
                    new Plan.Operand(DNNL_ARG_VARIANCE, statistics));
        });
        kernels.run(plan, x, gamma, beta, y, means, variances);
    }

    /** dx, and dγ = Σ dy ⊙ x̂ and dβ = Σ dy over exactly these rows. */
    void normalizeBackward(
            long rows,
            long columns,
            double epsilon,
            long x,
            long means,
            long variances,
            long gamma,
            long dy,
            long dx,
            long dGamma,
            long dBeta) {
        Key key = new Key(Kind.NORMALIZE_BACKWARD, rows, columns, epsilon);
        Plan plan = kernels.plan(key, () -> {
            memory.desc matrix = Descriptions.matrix(rows, columns);
            memory.desc vector = Descriptions.vector(columns);
            memory.desc statistics = Descriptions.vector(rows);
            layer_normalization_backward.primitive_desc description = new layer_normalization_backward.primitive_desc(
                    Library.engine(),
                    prop_kind.backward.value,
                    matrix,
                    matrix,
                    matrix,
                    (float) epsilon,
                    SCALE_AND_SHIFT,
                    normalization(key, prop_kind.forward_training),
                    Descriptions.attributes(),
                    false);
            return new Plan(
                    description,
                    new layer_normalization_backward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_MEAN, statistics),
                    new Plan.Operand(DNNL_ARG_VARIANCE, statistics),
                    new Plan.Operand(DNNL_ARG_SCALE, vector),
                    new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_SCALE, vector),
                    new Plan.Operand(DNNL_ARG_DIFF_SHIFT, vector));
        });
        kernels.run(plan, x, means, variances, gamma, dy, dx, dGamma, dBeta);
    }

    private static layer_normalization_forward.primitive_desc normalization(Key key, prop_kind purpose) {
        memory.desc matrix = Descriptions.matrix(key.rows(), key.columns());
        return new layer_normalization_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                matrix,
                matrix,
                (float) key.epsilon(),
                SCALE_AND_SHIFT,
                Descriptions.attributes(),
                false);
    }

    /** softmax of each row, in place. */
    void softmax(long rows, long columns, long x) {
        Key key = new Key(Kind.SOFTMAX, rows, columns, 0);
        Plan plan = kernels.plan(key, () -> {
            softmax_forward.primitive_desc description = softmaxOf(key, prop_kind.forward_inference);
            memory.desc matrix = Descriptions.matrix(rows, columns);
            return new Plan(
                    description,
                    new softmax_forward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_DST, matrix));
        });
        kernels.run(plan, x, x);
    }

    /** dx = y ⊙ (dy - Σⱼ yⱼ dyⱼ), over dy. */
    void softmaxBackward(long rows, long columns, long y, long dy) {
        Key key = new Key(Kind.SOFTMAX_BACKWARD, rows, columns, 0);
        Plan plan = kernels.plan(key, () -> {
            memory.desc matrix = Descriptions.matrix(rows, columns);
            softmax_backward.primitive_desc description = new softmax_backward.primitive_desc(
                    Library.engine(),
                    algorithm.softmax_accurate.value,
                    matrix,
                    matrix,
                    matrix,
                    1, // the last axis
                    softmaxOf(key, prop_kind.forward_training),
                    Descriptions.attributes(),
                    false);
            return new Plan(
                    description,
                    new softmax_backward(description),
                    new Plan.Operand(DNNL_ARG_DST, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix));
        });
        kernels.run(plan, y, dy, dy);
    }

    private static softmax_forward.primitive_desc softmaxOf(Key key, prop_kind purpose) {
        memory.desc matrix = Descriptions.matrix(key.rows(), key.columns());
        return new softmax_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                algorithm.softmax_accurate.value,
                matrix,
                matrix,
                1, // the last axis
                Descriptions.attributes(),
                false);
    }

    /** sum = a + b. */
    void add(long rows, long columns, long a, long b, long sum) {
        Pieces.of(
                rows,
                (first, count) -> addPiece(
                        count, columns, at(a, first, columns), at(b, first, columns), at(sum, first, columns)));
    }

    private void addPiece(long rows, long columns, long a, long b, long sum) {
        Plan plan = kernels.plan(new Key(Kind.ADD, rows, columns, 0), () -> {
            memory.desc matrix = Descriptions.matrix(rows, columns);
            binary.primitive_desc description = new binary.primitive_desc(
                    Library.engine(),
                    algorithm.binary_add.value,
                    matrix,
                    matrix,
                    matrix,
                    Descriptions.attributes(),
                    false);
            return new Plan(
                    description,
                    new binary(description),
                    new Plan.Operand(DNNL_ARG_SRC_0, matrix),
                    new Plan.Operand(DNNL_ARG_SRC_1, matrix),
                    new Plan.Operand(DNNL_ARG_DST, matrix));
        });
        kernels.run(plan, a, b, sum);
    }

    /** y = f(x), elementwise. */
    void activate(Activation activation, long rows, long columns, long x, long y) {
        Pieces.of(
                rows,
                (first, count) ->
                        activatePiece(activation, count, columns, at(x, first, columns), at(y, first, columns)));
    }

    private void activatePiece(Activation activation, long rows, long columns, long x, long y) {
        ActivationKey key = new ActivationKey(activation, false, rows, columns);
        Plan plan = kernels.plan(key, () -> {
            eltwise_forward.primitive_desc description = activationOf(key, prop_kind.forward_inference);
            memory.desc matrix = Descriptions.matrix(rows, columns);
            return new Plan(
                    description,
                    new eltwise_forward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_DST, matrix));
        });
        kernels.run(plan, x, y);
    }

    /** dx = dy ⊙ f'(x). */
    void activateBackward(Activation activation, long rows, long columns, long x, long dy, long dx) {
        Pieces.of(
                rows,
                (first, count) -> activateBackwardPiece(
                        activation,
                        count,
                        columns,
                        at(x, first, columns),
                        at(dy, first, columns),
                        at(dx, first, columns)));
    }

    private void activateBackwardPiece(Activation activation, long rows, long columns, long x, long dy, long dx) {
        ActivationKey key = new ActivationKey(activation, true, rows, columns);
        Plan plan = kernels.plan(key, () -> {
            Elementwise elementwise = Elementwise.of(activation);
            memory.desc matrix = Descriptions.matrix(rows, columns);
            eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                    Library.engine(),
                    elementwise.function(),
                    matrix,
                    matrix,
                    matrix,
                    elementwise.alpha(),
                    elementwise.beta(),
                    activationOf(key, prop_kind.forward_training),
                    Descriptions.attributes(),
                    false);
            return new Plan(
                    description,
                    new eltwise_backward(description),
                    new Plan.Operand(DNNL_ARG_SRC, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                    new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix));
        });
        kernels.run(plan, x, dy, dx);
    }

    private static eltwise_forward.primitive_desc activationOf(ActivationKey key, prop_kind purpose) {
        Elementwise elementwise = Elementwise.of(key.activation());
        memory.desc matrix = Descriptions.matrix(key.rows(), key.columns());
        return new eltwise_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                elementwise.function(),
                matrix,
                matrix,
                elementwise.alpha(),
                elementwise.beta(),
                Descriptions.attributes(),
                false);
    }

    private static long at(long address, long row, long columns) {
        return address + row * columns * Kernels.FLOAT_BYTES;
    }
}
