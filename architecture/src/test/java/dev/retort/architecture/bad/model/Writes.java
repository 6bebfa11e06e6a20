package dev.retort.architecture.bad.model;

import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

final class Writes {

    void called(INDArray tensor) {
        tensor.putScalar(0, 1);
    }

    UnaryOperator<INDArray> referred(INDArray tensor) {
        return tensor::addi;
    }

    Runnable inLambda(INDArray tensor) {
        return () -> tensor.assign(0);
    }

    void throughBuffer(INDArray tensor) {
        tensor.data().put(0, 1f);
    }

    void intoArgument(INDArray from, INDArray to) {
        Nd4j.copy(from, to);
    }

    INDArray asked(INDArray tensor) {
        return Transforms.exp(tensor, false);
    }

    INDArray fine(INDArray tensor) {
        return Transforms.exp(tensor.add(1));
    }
}
