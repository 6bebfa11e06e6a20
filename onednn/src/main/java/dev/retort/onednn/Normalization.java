package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.fusion.Norm;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The layer normalisation at the end of a fused operation, with what its backward needs. */
final class Normalization {

    private final Worker worker;
    private final INDArray x; // (N, H), padded
    private final Norm norm;
    private final INDArray means; // (N), padded
    private final INDArray variances; // (N), padded

    /** @param x (N, H), a tensor of the current scope, to be filled before {@link #forward} */
    Normalization(Worker worker, INDArray x, Norm norm) {
        this.worker = worker;
        this.x = x;
        this.norm = norm;
        long rows = Kernels.roundedRows(x.size(0));
        this.means = worker.kernels().tensor(rows);
        this.variances = worker.kernels().tensor(rows);
    }

    /** x normalised in place, nothing kept. */
    static void inPlace(Worker worker, INDArray x, Norm norm) {
        INDArray gamma = Address.rowMajor(norm.gamma().value());
        INDArray beta = Address.rowMajor(norm.beta().value());
        worker.rows()
                .normalize(
                        Kernels.roundedRows(x.size(0)),
                        x.size(1),
                        norm.epsilon(),
                        Address.of(x),
                        Address.of(gamma),
                        Address.of(beta),
                        Address.of(x));
    }

    /** @param y (N, H), a tensor of the current scope, filled here */
    void forward(INDArray y) {
        INDArray gamma = Address.rowMajor(norm.gamma().value());
        INDArray beta = Address.rowMajor(norm.beta().value());
        worker.rows()
                .normalize(
                        Kernels.roundedRows(x.size(0)),
                        x.size(1),
                        norm.epsilon(),
                        Address.of(x),
                        Address.of(gamma),
                        Address.of(beta),
                        Address.of(y),
                        Address.of(means),
                        Address.of(variances));
    }

    /** Adds dγ and dβ, returns dx, (N, H). */
    INDArray backward(INDArray dy, Gradients gradients) {
        Kernels kernels = worker.kernels();
        INDArray dx = kernels.tensor(x.size(0), x.size(1));
        INDArray dGamma = kernels.tensor(x.size(1));
        INDArray dBeta = kernels.tensor(x.size(1));
        INDArray gamma = Address.rowMajor(norm.gamma().value());
        INDArray rowMajor = Address.rowMajor(dy);
        worker.rows()
                .normalizeBackward(
                        x.size(0),
                        x.size(1),
                        norm.epsilon(),
                        Address.of(x),
                        Address.of(means),
                        Address.of(variances),
                        Address.of(gamma),
                        Address.of(rowMajor),
                        Address.of(dx),
                        Address.of(dGamma),
                        Address.of(dBeta));
        gradients.add(norm.gamma(), () -> dGamma);
        gradients.add(norm.beta(), () -> dBeta);
        return dx;
    }
}
