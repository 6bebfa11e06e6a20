package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Norm;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = LayerNorm(X Wᵀ + b + R) with W in bfloat16 or int8, the sum and the norm in float32: (N, in) -> (N, H). */
final class NarrowLinearAddNorm implements ForwardOnly {

    private final List<Variable> inputs;
    private final INDArray y; // (N, H)

    NarrowLinearAddNorm(
            Worker worker, List<Variable> inputs, Variable x, PackedWeight weight, Variable residual, Norm norm) {
        this.inputs = inputs;
        Kernels kernels = worker.kernels();
        long width = residual.size(1);
        this.y = kernels.tensor(residual.size(0), width);
        long mark = kernels.scope().mark();
        worker.narrowProducts()
                .forward(
                        Kernels.roundedRows(x.size(0)),
                        x.value().dataType(),
                        kernels.paddedRows(x.value()),
                        weight.panel(),
                        Activation.IDENTITY,
                        kernels.paddedRows(residual.value()),
                        DataType.FLOAT,
                        Address.of(y),
                        width);
        Normalization.inPlace(worker, y, norm);
        kernels.scope().release(mark);
    }

    @Override
    public List<Variable> inputs() {
        return inputs;
    }

    @Override
    public INDArray forward() {
        return y;
    }
}
