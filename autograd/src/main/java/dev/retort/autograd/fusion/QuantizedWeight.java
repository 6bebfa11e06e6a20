package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.QuantizedMatrix;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer's weight that comes in whole numbers: nothing computes with it before {@link Backend#prepareQuantized}.
 *
 * @param matrix W, (out, in)
 * @param bias b, (out), or null
 */
public record QuantizedWeight(
        QuantizedMatrix matrix, @Nullable Variable bias) {}
