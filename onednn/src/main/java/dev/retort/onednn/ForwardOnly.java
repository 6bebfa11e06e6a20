package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An operation on narrow weights; it is made only where nothing is recorded. */
interface ForwardOnly extends Operation {

    @Override
    default void backward(INDArray y, INDArray dy, Gradients gradients) {
        throw new IllegalStateException(
                "backward: of an operation that was not recorded: " + getClass().getSimpleName());
    }
}
