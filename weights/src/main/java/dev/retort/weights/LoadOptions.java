package dev.retort.weights;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * How a model is loaded.
 *
 * @param dataType of parameters and activations: FLOAT, or DOUBLE to compare with references
 * @param backend computes
 * @param precision of the prepared weights
 */
public record LoadOptions(DataType dataType, Backend backend, Precision precision) {

    public LoadOptions {
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
            throw new IllegalArgumentException("dataType: expected FLOAT or DOUBLE, got " + dataType);
        }
        if (dataType == DataType.DOUBLE && precision != Precision.F32) {
            throw new IllegalArgumentException("precision: float64 has no narrower weights: precision=" + precision);
        }
    }

    /** Float32, by the best backend on the class path that works here. */
    public static LoadOptions defaults() {
        return new LoadOptions(DataType.FLOAT, Backend.find(), Precision.F32);
    }

    /** Float64, by the definitions. */
    public static LoadOptions float64() {
        return new LoadOptions(DataType.DOUBLE, Backend.definitions(), Precision.F32);
    }
}
