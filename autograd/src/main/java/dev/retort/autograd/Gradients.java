package dev.retort.autograd;

import dev.retort.core.Shape;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * dL/dx for the variables that asked for it: the returned value of {@link Variable#backward()}, so there is nothing to reset.
 *
 * <p>Only leaves (parameters) are kept; the gradient of an intermediate result is released once its operation has passed it on.
 */
public final class Gradients {

    private final Map<Variable, Gradient> byVariable = new IdentityHashMap<>();

    Gradients() {}

    Gradients(Map<Variable, Gradient> byVariable) {
        this.byVariable.putAll(byVariable);
    }

    /**
     * Adds a share of dL/d(input). The supplier runs only if the input requires a gradient; its result is summed over the axes along
     * which the input was broadcast. Accumulation is out of place, so an operation may return {@code dy} itself.
     *
     * @param input one of the operation's inputs
     * @param share its share, of the input's shape or of a shape to which the input broadcasts
     */
    public void add(Variable input, Supplier<INDArray> share) {
        if (!input.requiresGradient()) {
            return;
        }
        INDArray gradient = sumTo(share.get(), input.value().shape());
        byVariable.merge(input, new DenseGradient(gradient), Gradient::plus);
    }

    /**
     * Adds a share of dL/d(table) that is zero outside a few rows. Shares of rows alone leave the table's gradient row-sparse; a dense
     * share makes it dense.
     *
     * @param table one of the operation's inputs, (V, H)
     * @param share runs only if the table requires a gradient
     */
    public void addRows(Variable table, Supplier<RowSparseGradient> share) {
        if (!table.requiresGradient()) {
            return;
        }
        RowSparseGradient gradient = share.get();
        if (!Arrays.equals(gradient.shape(), table.shape())) {
            throw new IllegalArgumentException("gradient of rows: expected " + Shape.toString(table.shape()) + ", got "
                    + Shape.toString(gradient.shape()));
        }
        byVariable.merge(table, gradient, Gradient::plus);
    }

    /**
     * dL/dx as a tensor. If it is row-sparse, a dense copy: what can do with rows asks {@link #gradient}.
     *
     * @return of x's shape; a step tensor if backward ran inside a scope
     * @throws IllegalArgumentException if the loss does not depend on {@code x} or x is not a leaf that requires a gradient
     */
    public INDArray of(Variable x) {
        return gradient(x).dense();
    }

    /**
     * dL/dx as it was computed: dense, or the rows that lookups read.
     *
     * @return of x's shape; its tensors are step tensors if backward ran inside a scope
     * @throws IllegalArgumentException if the loss does not depend on {@code x} or x is not a leaf that requires a gradient
     */
    public Gradient gradient(Variable x) {
        Gradient gradient = byVariable.get(x);
        if (gradient == null) {
            throw new IllegalArgumentException(x + ": has no gradient: "
                    + (x.requiresGradient() ? "the loss does not depend on it, or it is no leaf" : "it requires none"));
        }
        return gradient;
    }

    /** Whether {@link #of} has an answer for {@code x}. */
    public boolean contains(Variable x) {
        return byVariable.containsKey(x);
    }

    void forEach(BiConsumer<Variable, Gradient> action) {
        byVariable.forEach(action);
    }

    void seed(Variable output, INDArray cotangent) {
        byVariable.put(output, new DenseGradient(cotangent));
    }

    @Nullable
    INDArray release(Variable result) {
        Gradient gradient = byVariable.remove(result);
        return gradient == null ? null : gradient.dense();
    }

    /** Undoes broadcasting: axes that were added or stretched from extent one are summed. The only broadcasting code here. */
    private static INDArray sumTo(INDArray gradient, long[] shape) {
        INDArray summed = gradient;
        while (summed.rank() > shape.length) {
            summed = summed.sum(0);
        }
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] == 1 && summed.size(axis) != 1) {
                summed = summed.sum(true, axis);
            }
        }
        return Shape.require("gradient", summed, shape);
    }
}
