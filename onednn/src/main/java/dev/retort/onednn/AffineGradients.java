package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Weight;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradients of X Wᵀ + b.
 *
 * <pre>
 *   dX = dY W      dW = dYᵀ X      db = Σ dY over the rows
 * </pre>
 *
 * @param x X, (N, in)
 * @param weight W, (out, in), and b, (out); a packed W receives no gradient
 */
record AffineGradients(Worker worker, Variable x, Weight weight) {

    /** @param dy dY, (N, out) */
    void add(INDArray dy, Gradients gradients) {
        Kernels kernels = worker.kernels();
        INDArray rowMajor = Address.rowMajor(dy);
        gradients.add(x, () -> {
            INDArray dx = kernels.tensor(x.size(0), x.size(1));
            long rows = Kernels.roundedRows(x.size(0));
            addInputGradient(rows, kernels.paddedRows(rowMajor), dy.size(1), Address.of(dx), false);
            return dx;
        });
        addParameterGradients(Address.of(rowMajor), dy.size(1), gradients);
    }

    /** dX (+)= dY W. */
    void addInputGradient(long rows, long dy, long stride, long dx, boolean accumulate) {
        worker.products().inputGradient(rows, dy, stride, weight.matrix().value(), dx, accumulate);
    }

    /** dW and db of a dY whose rows are {@code stride} floats apart. */
    void addParameterGradients(long dy, long stride, Gradients gradients) {
        Kernels kernels = worker.kernels();
        long rows = x.size(0);
        if (!Inputs.isPacked(weight)) {
            gradients.add(weight.matrix(), () -> {
                INDArray dw = kernels.tensor(weight.outputSize(), x.size(1));
                INDArray input = Address.rowMajor(x.value());
                worker.products().weightGradient(rows, dy, stride, Address.of(input), dw);
                return dw;
            });
        }
        Variable bias = weight.bias();
        if (bias != null) {
            gradients.add(bias, () -> {
                INDArray db = kernels.tensor(weight.outputSize());
                worker.loops().columnSums(rows, weight.outputSize(), dy, stride, db);
                return db;
            });
        }
    }
}
