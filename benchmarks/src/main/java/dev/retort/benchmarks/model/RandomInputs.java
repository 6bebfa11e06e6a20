package dev.retort.benchmarks.model;

import dev.retort.core.RandomStream;
import dev.retort.core.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reproducible float32 inputs of operations. */
public final class RandomInputs {

    private int site;

    /** Standard normal numbers times {@code deviation}, row-major; every call gives others. */
    public INDArray normal(double deviation, long... shape) {
        RandomStream random = new RandomStream(0, 0, site++);
        float[] values = new float[Math.toIntExact(Shape.elementCount(shape))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.gaussian(i));
        }
        return Nd4j.createFromArray(values).reshape('c', shape);
    }
}
