package dev.retort.core;

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
}
