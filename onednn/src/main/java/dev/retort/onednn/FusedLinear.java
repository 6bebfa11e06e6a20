package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Weight;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = act(X Wᵀ + b): (N, in) -> (N, out). */
final class FusedLinear implements Operation {

    private final Worker worker;
    private final List<Variable> inputs;
    private final Variable x; // (N, in)
    private final Weight weight; // (out, in), (out)
    private final Activation activation;
    private final @Nullable INDArray before; // X Wᵀ + b, (N, out), kept for backward if an activation follows
    private final INDArray y; // (N, out)

    FusedLinear(Worker worker, List<Variable> inputs, Variable x, Weight weight, Activation activation) {
        this.worker = worker;
        this.inputs = inputs;
        this.x = x;
        this.weight = weight;
        this.activation = activation;
        boolean keepsBefore = Variable.recorded(inputs) && activation != Activation.IDENTITY;
        Kernels kernels = worker.kernels();
        long rows = Kernels.roundedRows(x.size(0));
        long out = weight.outputSize();
        this.y = kernels.tensor(x.size(0), out);
        this.before = keepsBefore ? kernels.tensor(x.size(0), out) : null;
        long mark = kernels.scope().mark();
        long input = kernels.paddedRows(x.value());
        if (before == null) {
            worker.products().forward(rows, input, weight, activation, 0, Address.of(y), out);
        } else {
            worker.products().forward(rows, input, weight, Activation.IDENTITY, 0, Address.of(before), out);
            worker.rows().activate(activation, rows, out, Address.of(before), Address.of(y));
        }
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

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        INDArray dBefore = dy; // d(X Wᵀ + b) = dy ⊙ act'
        if (before != null) {
            Kernels kernels = worker.kernels();
            dBefore = kernels.tensor(y.size(0), y.size(1));
            worker.rows()
                    .activateBackward(
                            activation,
                            Kernels.roundedRows(y.size(0)),
                            y.size(1),
                            Address.of(before),
                            kernels.paddedRows(dy),
                            Address.of(dBefore));
        }
        new AffineGradients(worker, x, weight).add(dBefore, gradients);
    }
}
