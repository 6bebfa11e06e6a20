package dev.retort.train.optimizer;

import org.nd4j.linalg.api.buffer.DataType;

/** One thread's loops over elements, with the arrays that they run on. */
final class Scratch {

    private final FloatLoops floats = new FloatLoops();
    private final DoubleLoops doubles = new DoubleLoops();

    /** The loops for a type of element. */
    Loops loops(DataType type) {
        return type == DataType.FLOAT ? floats : doubles;
    }
}
