package dev.retort.core;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where a layer's parameters come from: a checkpoint, a random initialiser. A layer asks by its own name and never sees a file. */
@FunctionalInterface
public interface ParameterSource {

    /**
     * A parameter's value, detached from every {@link StepScope}.
     *
     * @param name dotted, in the model's own words: {@code encoder.layer.3.attention.queryProjection.weight}
     * @param shape the shape the layer needs
     * @return a fresh tensor of that shape, row-major
     * @throws IllegalArgumentException if there is no such parameter or its shape differs
     */
    INDArray load(String name, long... shape);

    /**
     * A matrix in whole numbers, if the source has it so; {@link #load} gives the same one in floating point.
     *
     * @param out rows
     * @param in columns
     * @return fresh tensors, detached from every {@link StepScope}; null where the source has it otherwise, or not
     */
    default @Nullable QuantizedMatrix loadQuantized(String name, long out, long in) {
        return null;
    }
}
