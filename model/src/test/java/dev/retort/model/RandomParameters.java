package dev.retort.model;

import dev.retort.core.ParameterSource;
import dev.retort.core.RandomTensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parameters drawn at random, each from its name, and kept for the test to look at and to change. */
public final class RandomParameters implements ParameterSource {

    private final DataType type;
    private final Map<String, INDArray> values = new LinkedHashMap<>();

    public RandomParameters(DataType type) {
        this.type = type;
    }

    @Override
    public INDArray load(String name, long... shape) {
        return values.computeIfAbsent(
                name, key -> RandomTensors.normal(type, key.hashCode(), shape).mul(0.4));
    }

    /** What was asked for, by name. */
    public Map<String, INDArray> values() {
        return values;
    }
}
