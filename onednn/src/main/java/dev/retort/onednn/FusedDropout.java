package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.DropoutSettings;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x ⊙ m / (1 - p), (N, H) -> (N, H). Backward draws the mask again. */
final class FusedDropout implements Operation {

    private final Worker worker;
    private final Variable x; // (N, H)
    private final DropoutSettings dropout;
    private final INDArray y; // (N, H)

    FusedDropout(Worker worker, Variable x, DropoutSettings dropout) {
        this.worker = worker;
        this.x = x;
        this.dropout = dropout;
        this.y = dropped(x.value());
    }

    /** M ⊙ m / (1 - p) of a matrix M of x's shape. */
    private INDArray dropped(INDArray matrix) {
        INDArray rowMajor = Address.rowMajor(matrix);
        INDArray result = worker.kernels().tensor(matrix.size(0), matrix.size(1));
        worker.loops()
                .drop(
                        dropout.random(),
                        dropout.probability(),
                        0,
                        matrix.length(),
                        Address.of(rowMajor),
                        Address.of(result));
        return result;
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return y;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dropped(dy)); // dx = dy ⊙ m / (1 - p)
    }
}
