package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Y = act(X Wᵀ + b) with W in bfloat16 or int8: (N, in) -> (N, out).
 *
 * <p>What an activation gives is bfloat16: it is another product's input. Without one Y is float32.
 */
final class NarrowLinear implements ForwardOnly {

    private final List<Variable> inputs;
    private final INDArray y; // (N, out)

    NarrowLinear(Worker worker, List<Variable> inputs, Variable x, PackedWeight weight, Activation activation) {
        this.inputs = inputs;
        Kernels kernels = worker.kernels();
        long out = weight.outputSize();
        DataType target = activation == Activation.IDENTITY ? DataType.FLOAT : DataType.BFLOAT16;
        this.y = kernels.scope().tensor(target, x.size(0), out);
        long mark = kernels.scope().mark();
        worker.narrowProducts()
                .forward(
                        Kernels.roundedRows(x.size(0)),
                        x.value().dataType(),
                        kernels.paddedRows(x.value()),
                        weight.panel(),
                        activation,
                        0,
                        target,
                        Address.of(y),
                        out);
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
