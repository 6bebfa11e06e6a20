package dev.retort.core;

import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reproducible test inputs. */
public final class RandomTensors {

    private RandomTensors() {}

    /** Standard normal numbers, row-major; one seed gives the same numbers in either type, up to rounding. */
    public static INDArray normal(DataType type, long seed, long... shape) {
        RandomStream random = new RandomStream(seed, 0, 0);
        double[] values = IntStream.range(0, Math.toIntExact(Shape.elementCount(shape)))
                .mapToDouble(random::gaussian)
                .toArray();
        return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
    }

    /** Standard normal numbers in float64. */
    public static INDArray normal(long seed, long... shape) {
        return normal(DataType.DOUBLE, seed, shape);
    }
}
