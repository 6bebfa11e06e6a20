package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Norm;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = LayerNorm(X): (B, H) -> (B, H). */
final class FusedNorm implements Operation {

    private final Variable x; // (B, H)
    private final Norm norm;
    private final @Nullable Normalization normalization; // kept for backward
    private final INDArray y; // (B, H)

    FusedNorm(Worker worker, Variable x, Norm norm) {
        this.x = x;
        this.norm = norm;
        Kernels kernels = worker.kernels();
        this.y = kernels.tensor(x.size(0), x.size(1));
        boolean recorded = Variable.recorded(inputs());
        INDArray input = recorded ? kernels.tensor(x.size(0), x.size(1)) : y;
        INDArray rowMajor = Address.rowMajor(x.value());
        kernels.copy(Address.of(rowMajor), Address.of(input), x.value().length() * Kernels.FLOAT_BYTES);
        if (recorded) {
            this.normalization = new Normalization(worker, input, norm);
            normalization.forward(y);
        } else {
            this.normalization = null;
            Normalization.inPlace(worker, y, norm);
        }
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x, norm.gamma(), norm.beta());
    }

    @Override
    public INDArray forward() {
        return y;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        if (normalization == null) {
            throw new IllegalStateException("normalize: backward of an operation that was not recorded");
        }
        INDArray dx = normalization.backward(dy, gradients);
        gradients.add(x, () -> dx);
    }
}
