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
import org.jspecify.annotations.Nullable;

/**
 * Kernels that take rows one by one: norms, softmax, activations, sums. Arguments are addresses of row-major float32 memory; a result may
 * overwrite its input where nothing else is said. Forward norms, sums and activations take rows in {@link Pieces}.
 */
final class RowKernels {

    private static final int SCALE_AND_SHIFT =
            normalization_flags.use_scale.value | normalization_flags.use_shift.value;
    private static final int FIRST_AXIS = 0;
    private static final int LAST_AXIS = 1;

    private final Kernels kernels;
    private final RecentKeys<Key> recent = new RecentKeys<>();

    private enum Kind {
        NORMALIZE,
        NORMALIZE_FOR_BACKWARD,
        NORMALIZE_BACKWARD,
        SOFTMAX,
        SOFTMAX_OF_COLUMNS,
        SOFTMAX_BACKWARD,
        ADD,
        ACTIVATE,
        ACTIVATE_BACKWARD
    }

    /** What a plan is made for. */
    private record Key(Kind kind, long rows, long columns, double epsilon, Activation activation) {

        boolean is(Kind kind, long rows, long columns, double epsilon) {
            return this.kind == kind && this.rows == rows && this.columns == columns && this.epsilon == epsilon;
        }

        static Key of(Kind kind, long rows, long columns) {
            return new Key(kind, rows, columns, 0, Activation.IDENTITY);
        }

        /** Written out, as is the next, because what Java makes for a record it makes when first asked: late in a start. */
        @Override
        public int hashCode() {
            long hash = 31 * rows + columns;
            return 31 * (31 * Long.hashCode(31 * hash + Double.doubleToLongBits(epsilon)) + kind.ordinal())
                    + activation.ordinal();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key
                    && kind == key.kind
                    && rows == key.rows
                    && columns == key.columns
                    && Double.compare(epsilon, key.epsilon) == 0
                    && activation == key.activation;
        }

        memory.desc matrix() {
            return Descriptions.matrix(rows, columns);
        }

        /** Of γ, β and their gradients. */
        memory.desc vector() {
            return Descriptions.vector(columns);
        }

        /** Of each row's mean or variance. */
        memory.desc statistics() {
            return Descriptions.vector(rows);
        }
    }

    RowKernels(Kernels kernels) {
        this.kernels = kernels;
    }

    /** y = γ ⊙ (x - μ) / √(σ² + ε) + β, each row by itself. */
    void normalize(long rows, long columns, double epsilon, long x, long gamma, long beta, long y) {
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = normalization(Kind.NORMALIZE, Pieces.count(first, rows), columns, epsilon);
            kernels.run(plan.aim(at(x, first, columns), gamma, beta, at(y, first, columns)));
        }
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
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = normalization(Kind.NORMALIZE_FOR_BACKWARD, Pieces.count(first, rows), columns, epsilon);
            kernels.run(plan.aim(
                    at(x, first, columns),
                    gamma,
                    beta,
                    at(y, first, columns),
                    at(means, first, 1),
                    at(variances, first, 1)));
        }
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
        Plan plan = normalization(Kind.NORMALIZE_BACKWARD, rows, columns, epsilon);
        kernels.run(plan.aim(x, means, variances, gamma, dy, dx, dGamma, dBeta));
    }

    private Plan normalization(Kind kind, long rows, long columns, double epsilon) {
        int hash = kind.ordinal() + 31 * Long.hashCode(31 * rows + columns);
        Key key = recent.near(hash);
        if (key == null || !key.is(kind, rows, columns, epsilon)) {
            key = recent.put(hash, new Key(kind, rows, columns, epsilon, Activation.IDENTITY));
        }
        return kernels.plan(key, RowKernels::plan);
    }

    /** A plan of the softmax of each row in place, to be aimed at the rows twice. */
    Plan softmax(long rows, long columns) {
        return kernels.plan(Key.of(Kind.SOFTMAX, rows, columns), RowKernels::plan);
    }

    /** A plan of the softmax of each column in place, to be aimed at the matrix twice. */
    Plan softmaxOfColumns(long rows, long columns) {
        return kernels.plan(Key.of(Kind.SOFTMAX_OF_COLUMNS, rows, columns), RowKernels::plan);
    }

    /** dx = y ⊙ (dy - Σⱼ yⱼ dyⱼ), over dy. */
    void softmaxBackward(long rows, long columns, long y, long dy) {
        kernels.run(kernels.plan(Key.of(Kind.SOFTMAX_BACKWARD, rows, columns), RowKernels::plan)
                .aim(y, dy, dy));
    }

    /** sum = a + b. */
    void add(long rows, long columns, long a, long b, long sum) {
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = kernels.plan(Key.of(Kind.ADD, Pieces.count(first, rows), columns), RowKernels::plan);
            kernels.run(plan.aim(at(a, first, columns), at(b, first, columns), at(sum, first, columns)));
        }
    }

    /** y = f(x), elementwise. */
    void activate(Activation activation, long rows, long columns, long x, long y) {
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = activation(Kind.ACTIVATE, activation, Pieces.count(first, rows), columns);
            kernels.run(plan.aim(at(x, first, columns), at(y, first, columns)));
        }
    }

    /** dx = dy ⊙ f'(x). */
    void activateBackward(Activation activation, long rows, long columns, long x, long dy, long dx) {
        for (long first = 0; first < rows; first += Pieces.ROWS) {
            Plan plan = activation(Kind.ACTIVATE_BACKWARD, activation, Pieces.count(first, rows), columns);
            kernels.run(plan.aim(at(x, first, columns), at(dy, first, columns), at(dx, first, columns)));
        }
    }

    private Plan activation(Kind kind, Activation activation, long rows, long columns) {
        return kernels.plan(new Key(kind, rows, columns, 0, activation), RowKernels::plan);
    }

    private static long at(long address, long row, long columns) {
        return address + row * columns * Kernels.FLOAT_BYTES;
    }

    // ---- plans ----

    private static Plan plan(Key key) {
        return switch (key.kind()) {
            case NORMALIZE -> normalizePlan(key);
            case NORMALIZE_FOR_BACKWARD -> normalizeForBackwardPlan(key);
            case NORMALIZE_BACKWARD -> normalizeBackwardPlan(key);
            case SOFTMAX -> softmaxPlan(key, LAST_AXIS);
            case SOFTMAX_OF_COLUMNS -> softmaxPlan(key, FIRST_AXIS);
            case SOFTMAX_BACKWARD -> softmaxBackwardPlan(key);
            case ADD -> addPlan(key);
            case ACTIVATE -> activatePlan(key);
            case ACTIVATE_BACKWARD -> activateBackwardPlan(key);
        };
    }

    private static Plan normalizePlan(Key key) {
        layer_normalization_forward.primitive_desc description = normalization(key, prop_kind.forward_inference);
        return new Plan(
                description,
                new layer_normalization_forward(description),
                new Plan.Operand(DNNL_ARG_SRC, key.matrix()),
                new Plan.Operand(DNNL_ARG_SCALE, key.vector()),
                new Plan.Operand(DNNL_ARG_SHIFT, key.vector()),
                new Plan.Operand(DNNL_ARG_DST, key.matrix()));
    }

    private static Plan normalizeForBackwardPlan(Key key) {
        layer_normalization_forward.primitive_desc description = normalization(key, prop_kind.forward_training);
        return new Plan(
                description,
                new layer_normalization_forward(description),
                new Plan.Operand(DNNL_ARG_SRC, key.matrix()),
                new Plan.Operand(DNNL_ARG_SCALE, key.vector()),
                new Plan.Operand(DNNL_ARG_SHIFT, key.vector()),
                new Plan.Operand(DNNL_ARG_DST, key.matrix()),
                new Plan.Operand(DNNL_ARG_MEAN, key.statistics()),
                new Plan.Operand(DNNL_ARG_VARIANCE, key.statistics()));
    }

    private static Plan normalizeBackwardPlan(Key key) {
        memory.desc matrix = key.matrix();
        layer_normalization_backward.primitive_desc description = new layer_normalization_backward.primitive_desc(
                Library.engine(),
                prop_kind.backward.value,
                matrix,
                matrix,
                matrix,
                (float) key.epsilon(),
                SCALE_AND_SHIFT,
                normalization(key, prop_kind.forward_training),
                Descriptions.attributes(),
                false);
        return new Plan(
                description,
                new layer_normalization_backward(description),
                new Plan.Operand(DNNL_ARG_SRC, matrix),
                new Plan.Operand(DNNL_ARG_MEAN, key.statistics()),
                new Plan.Operand(DNNL_ARG_VARIANCE, key.statistics()),
                new Plan.Operand(DNNL_ARG_SCALE, key.vector()),
                new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_SCALE, key.vector()),
                new Plan.Operand(DNNL_ARG_DIFF_SHIFT, key.vector()));
    }

    private static layer_normalization_forward.primitive_desc normalization(Key key, prop_kind purpose) {
        return new layer_normalization_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                key.matrix(),
                key.matrix(),
                (float) key.epsilon(),
                SCALE_AND_SHIFT,
                Descriptions.attributes(),
                false);
    }

    private static Plan softmaxPlan(Key key, int axis) {
        softmax_forward.primitive_desc description = softmax(key, prop_kind.forward_inference, axis);
        return new Plan(
                description,
                new softmax_forward(description),
                new Plan.Operand(DNNL_ARG_SRC, key.matrix()),
                new Plan.Operand(DNNL_ARG_DST, key.matrix()));
    }

    private static Plan softmaxBackwardPlan(Key key) {
        memory.desc matrix = key.matrix();
        softmax_backward.primitive_desc description = new softmax_backward.primitive_desc(
                Library.engine(),
                algorithm.softmax_accurate.value,
                matrix,
                matrix,
                matrix,
                LAST_AXIS,
                softmax(key, prop_kind.forward_training, LAST_AXIS),
                Descriptions.attributes(),
                false);
        return new Plan(
                description,
                new softmax_backward(description),
                new Plan.Operand(DNNL_ARG_DST, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix));
    }

    private static softmax_forward.primitive_desc softmax(Key key, prop_kind purpose, int axis) {
        return new softmax_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                algorithm.softmax_accurate.value,
                key.matrix(),
                key.matrix(),
                axis,
                Descriptions.attributes(),
                false);
    }

    private static Plan addPlan(Key key) {
        memory.desc matrix = key.matrix();
        binary.primitive_desc description = new binary.primitive_desc(
                Library.engine(), algorithm.binary_add.value, matrix, matrix, matrix, Descriptions.attributes(), false);
        return new Plan(
                description,
                new binary(description),
                new Plan.Operand(DNNL_ARG_SRC_0, matrix),
                new Plan.Operand(DNNL_ARG_SRC_1, matrix),
                new Plan.Operand(DNNL_ARG_DST, matrix));
    }

    private static Plan activatePlan(Key key) {
        eltwise_forward.primitive_desc description = activation(key, prop_kind.forward_inference);
        return new Plan(
                description,
                new eltwise_forward(description),
                new Plan.Operand(DNNL_ARG_SRC, key.matrix()),
                new Plan.Operand(DNNL_ARG_DST, key.matrix()));
    }

    private static Plan activateBackwardPlan(Key key) {
        Elementwise elementwise = Elementwise.of(key.activation());
        memory.desc matrix = key.matrix();
        eltwise_backward.primitive_desc description = new eltwise_backward.primitive_desc(
                Library.engine(),
                elementwise.function(),
                matrix,
                matrix,
                matrix,
                elementwise.alpha(),
                elementwise.beta(),
                activation(key, prop_kind.forward_training),
                Descriptions.attributes(),
                false);
        return new Plan(
                description,
                new eltwise_backward(description),
                new Plan.Operand(DNNL_ARG_SRC, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_DST, matrix),
                new Plan.Operand(DNNL_ARG_DIFF_SRC, matrix));
    }

    private static eltwise_forward.primitive_desc activation(Key key, prop_kind purpose) {
        Elementwise elementwise = Elementwise.of(key.activation());
        return new eltwise_forward.primitive_desc(
                Library.engine(),
                purpose.value,
                elementwise.function(),
                key.matrix(),
                key.matrix(),
                elementwise.alpha(),
                elementwise.beta(),
                Descriptions.attributes(),
                false);
    }
}
