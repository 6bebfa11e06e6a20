package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.Weight;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * <pre>
 *   S = dropout(X Wᵀ + b) + R
 *   Y = LayerNorm(S)              (N, in) -> (N, H)
 * </pre>
 */
final class FusedLinearAddNorm implements Operation {

    private final Worker worker;
    private final List<Variable> inputs;
    private final Variable x; // (N, in)
    private final Weight weight; // (H, in), (H)
    private final DropoutSettings dropout;
    private final Variable residual; // R, (N, H)
    private final @Nullable Normalization normalization; // S and its statistics, kept for backward
    private final INDArray y; // (N, H)

    FusedLinearAddNorm(
            Worker worker,
            List<Variable> inputs,
            Variable x,
            Weight weight,
            DropoutSettings dropout,
            Variable residual,
            Norm norm) {
        this.worker = worker;
        this.inputs = inputs;
        this.x = x;
        this.weight = weight;
        this.dropout = dropout;
        this.residual = residual;
        this.y = worker.kernels().tensor(residual.size(0), residual.size(1));
        boolean recorded = Variable.recorded(inputs);
        INDArray sum = recorded ? worker.kernels().tensor(residual.size(0), residual.size(1)) : y;
        this.normalization = recorded ? new Normalization(worker, sum, norm) : null;
        long mark = worker.kernels().scope().mark();
        sum(Address.of(sum));
        if (normalization == null) {
            Normalization.inPlace(worker, y, norm);
        } else {
            normalization.forward(y);
        }
        worker.kernels().scope().release(mark);
    }

    private void sum(long sum) {
        Kernels kernels = worker.kernels();
        long rows = Kernels.roundedRows(x.size(0));
        long width = residual.size(1);
        long input = kernels.paddedRows(x.value());
        long added = kernels.paddedRows(residual.value());
        if (dropout.probability() == 0) {
            worker.products().forward(rows, input, weight, Activation.IDENTITY, added, sum, width);
        } else {
            long count = x.size(0) * width;
            worker.products().forward(rows, input, weight, Activation.IDENTITY, 0, sum, width);
            worker.loops().drop(dropout.random(), dropout.probability(), 0, count, sum, sum);
            worker.rows().add(rows, width, sum, added, sum);
        }
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
        if (normalization == null) {
            throw new IllegalStateException("linearAddNorm: backward of an operation that was not recorded");
        }
        INDArray dSum = normalization.backward(dy, gradients);
        gradients.add(residual, () -> dSum); // dR = dS
        INDArray dAffine = dSum;
        if (dropout.probability() > 0) { // d(X Wᵀ + b) = dS ⊙ m / (1 - p)
            dAffine = worker.kernels().tensor(dSum.size(0), dSum.size(1));
            worker.loops()
                    .drop(
                            dropout.random(),
                            dropout.probability(),
                            0,
                            dSum.length(),
                            Address.of(dSum),
                            Address.of(dAffine));
        }
        new AffineGradients(worker, x, weight).add(dAffine, gradients);
    }
}
