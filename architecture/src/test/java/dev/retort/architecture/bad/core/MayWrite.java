package dev.retort.architecture.bad.core;

import org.nd4j.linalg.api.ndarray.INDArray;

public final class MayWrite {

    INDArray add(INDArray tensor) {
        return tensor.addi(1);
    }
}
