package dev.retort.autograd;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A differentiable function of {@link #inputs()}. Every INDArray field is a tensor kept alive for {@link #backward}.
 *
 * <p>Open on purpose: write your own, hand it to {@link Variable#resultOf} and to {@link GradientCheck}. An operation yields one variable
 * and is used once.
 */
public interface Operation {

    /** The variables this operation reads, in a fixed order. */
    List<Variable> inputs();

    /** The value, computed from the inputs' values, which it must not change. */
    INDArray forward();

    /**
     * Adds this operation's share of dL/d(input) for each input.
     *
     * @param y the value {@link #forward} returned
     * @param dy dL/dy, same shape as {@code y}; shared, not to be changed
     * @param gradients where the shares go
     */
    void backward(INDArray y, INDArray dy, Gradients gradients);
}
