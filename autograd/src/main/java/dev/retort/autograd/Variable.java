package dev.retort.autograd;

import dev.retort.core.RandomStream;
import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import dev.retort.core.StepScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A tensor in a computation: a parameter, a constant, or the result of an {@link Operation}.
 *
 * <p>Every method that returns a variable records one operation and does no arithmetic of its own. Shapes broadcast as in NumPy where a
 * method says so. Not safe for use by several threads while gradients are recorded.
 */
public final class Variable {

    private final INDArray value;
    private final @Nullable Operation operation;
    private final boolean requiresGradient;
    private final @Nullable StepScope scope; // null: outlives every scope
    private final String name;

    private Variable(String name, INDArray value, @Nullable Operation operation, boolean requiresGradient) {
        this.name = name;
        this.value = value;
        this.operation = operation;
        this.requiresGradient = requiresGradient;
        this.scope = StepScope.current();
    }

    /** A leaf that receives a gradient. */
    public static Variable parameter(String name, INDArray value) {
        return new Variable(name, value, null, true);
    }

    /** A leaf that receives none. */
    public static Variable constant(INDArray value) {
        return new Variable("constant", value, null, false);
    }

    /** A leaf that receives none, with a name for messages: a frozen parameter. */
    public static Variable constant(String name, INDArray value) {
        return new Variable(name, value, null, false);
    }

    /** The result of an operation; the operation is kept only if an input requires a gradient and none is switched off. */
    public static Variable resultOf(Operation operation) {
        boolean tracked = recorded(operation.inputs());
        return new Variable(
                operation.getClass().getSimpleName(), operation.forward(), tracked ? operation : null, tracked);
    }

    /** Whether an operation on these inputs will be recorded; one that will not need keep nothing for backward. */
    public static boolean recorded(List<Variable> inputs) {
        return !NoGradients.active() && inputs.stream().anyMatch(Variable::requiresGradient);
    }

    /**
     * The tensor. Not to be changed.
     *
     * @throws IllegalStateException if the scope it was created in has closed
     */
    public INDArray value() {
        if (scope != null && !scope.isOpen()) {
            throw new IllegalStateException(
                    this + ": read after its step scope closed; take it along with StepScope.keep");
        }
        return value;
    }

    /** Whether backward will compute a gradient for it. */
    public boolean requiresGradient() {
        return requiresGradient;
    }

    /** The name it was created with, or its operation's. */
    public String name() {
        return name;
    }

    /** The tensor's extents. */
    public long[] shape() {
        return value.shape();
    }

    /** The extent of an axis; negative axes count from the last. */
    public long size(int axis) {
        return value.size(axis);
    }

    // ---- the primitive operations, one line each ----

    /** Elementwise sum; broadcasts. */
    public Variable add(Variable other) {
        return resultOf(new Add(this, other));
    }

    /** Elementwise difference; broadcasts. */
    public Variable subtract(Variable other) {
        return add(other.scale(-1));
    }

    /** Elementwise product; broadcasts. */
    public Variable multiply(Variable other) {
        return resultOf(new Multiply(this, other));
    }

    /** Product with a number; this itself if it is 1. */
    public Variable scale(double factor) {
        return factor == 1 ? this : resultOf(new Scale(this, factor));
    }

    /** Matrix product A B over the last two axes, (..., m, k) x (..., k, n) to (..., m, n); leading axes must be equal. */
    public Variable matmul(Variable other) {
        return resultOf(new MatMul(this, other));
    }

    /** Matrix product A Bᵀ over the last two axes, (..., m, k) x (..., n, k) to (..., m, n); leading axes must be equal. */
    public Variable matmulTransposed(Variable other) {
        return resultOf(new MatMulTransposed(this, other));
    }

    /** The same elements, row-major, under another shape. */
    public Variable reshape(long... shape) {
        return resultOf(new Reshape(this, shape));
    }

    /** Axes reordered: axis i of the result is axis {@code axes[i]} of this. */
    public Variable permute(int... axes) {
        return resultOf(new Permute(this, axes));
    }

    /** Rows {@code from} to {@code to - 1} of the first axis. */
    public Variable rows(int from, int to) {
        return resultOf(new Rows(this, from, to));
    }

    /** Rows of the first axis by number, repeats allowed: an embedding lookup. */
    public Variable gather(int... rows) {
        return resultOf(new Gather(this, rows));
    }

    /** Tensors joined along an axis. */
    public static Variable concat(int axis, List<Variable> parts) {
        return parts.size() == 1 ? parts.get(0) : resultOf(new Concat(axis, parts));
    }

    /** softmax over the last axis. */
    public Variable softmax() {
        return resultOf(new Softmax(this));
    }

    /** log softmax over the last axis. */
    public Variable logSoftmax() {
        return resultOf(new LogSoftmax(this));
    }

    /** GELU by the error function, exact. */
    public Variable gelu() {
        return resultOf(new Gelu(this));
    }

    /** GELU by the tanh approximation, "gelu_new". */
    public Variable tanhGelu() {
        return resultOf(new TanhGelu(this));
    }

    /** max(x, 0). */
    public Variable relu() {
        return resultOf(new Relu(this));
    }

    /** x σ(x). */
    public Variable silu() {
        return multiply(sigmoid());
    }

    /** 1 / (1 + exp(-x)). */
    public Variable sigmoid() {
        return resultOf(new Sigmoid(this));
    }

    /** Hyperbolic tangent. */
    public Variable tanh() {
        return resultOf(new Tanh(this));
    }

    /** Layer normalisation over the last axis. */
    public Variable layerNormalize(Variable gamma, Variable beta, double epsilon) {
        return resultOf(new LayerNormalization(this, gamma, beta, epsilon));
    }

    /** x / max(‖x‖₂, epsilon) over the last axis. */
    public Variable l2Normalize(double epsilon) {
        return resultOf(new L2Normalization(this, epsilon));
    }

    /** Inverted dropout: an element survives with probability 1 - p and is divided by it. */
    public Variable dropout(double probability, RandomStream random) {
        return probability == 0 ? this : resultOf(new Dropout(this, probability, random));
    }

    /** The sum of each text's pooled rows, (N, H) to (B, H). */
    public Variable segmentSum(SequenceLayout layout) {
        return resultOf(new SegmentSum(this, layout));
    }

    /** The elementwise maximum of each text's pooled rows, (N, H) to (B, H). */
    public Variable segmentMax(SequenceLayout layout) {
        return resultOf(new SegmentMax(this, layout));
    }

    /** The sum of all elements, a scalar (). */
    public Variable sum() {
        return resultOf(new Sum(this));
    }

    /** The mean of all elements, a scalar (). */
    public Variable mean() {
        return sum().scale(1.0 / Shape.elementCount(shape()));
    }

    // ---- reverse accumulation ----

    /**
     * dL/dx for every leaf x that requires a gradient, where L is this scalar.
     *
     * @throws IllegalArgumentException if this has more than one element or depends on no such leaf
     */
    public Gradients backward() {
        if (Shape.elementCount(shape()) != 1) {
            throw new IllegalArgumentException(
                    "backward: expected a scalar, got " + Shape.toString(shape()) + "; give a cotangent");
        }
        return backward(Nd4j.ones(value.dataType(), shape()));
    }

    /**
     * Σ cotangent ⊙ this, differentiated by every leaf that requires a gradient.
     *
     * @param cotangent dL/d(this), of this shape
     */
    public Gradients backward(INDArray cotangent) {
        if (!requiresGradient) {
            throw new IllegalArgumentException("backward: " + this + " depends on nothing that requires a gradient");
        }
        Shape.require("cotangent", cotangent, shape());
        Gradients gradients = new Gradients();
        gradients.seed(this, cotangent);
        for (Variable result : fromResultToLeaves()) {
            Operation producer = result.operation;
            if (producer != null) {
                INDArray dy = gradients.release(result);
                if (dy != null) {
                    producer.backward(result.value(), dy, gradients);
                }
            }
        }
        return gradients;
    }

    /** Every variable this depends on, each before its inputs (an iterative depth-first search, reversed). */
    private List<Variable> fromResultToLeaves() {
        List<Variable> finished = new ArrayList<>();
        Set<Variable> entered = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Variable> left = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Variable> open = new ArrayDeque<>();
        open.push(this);
        while (!open.isEmpty()) {
            Variable variable = open.peek();
            if (entered.add(variable)) {
                if (variable.operation != null) {
                    for (Variable input : variable.operation.inputs()) {
                        if (input.requiresGradient() && !entered.contains(input)) {
                            open.push(input);
                        }
                    }
                }
            } else {
                open.pop();
                if (left.add(variable)) {
                    finished.add(variable);
                }
            }
        }
        Collections.reverse(finished);
        return finished;
    }

    /** Name and shape. */
    @Override
    public String toString() {
        return name + " " + Shape.toString(shape());
    }
}
