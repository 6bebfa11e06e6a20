package dev.retort.autograd;

import static dev.retort.core.Tensors.viewRows;

import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** y_b = Σ xᵢ over the pooled rows i of text b: (N, H) -> (B, H). */
final class SegmentSum implements Operation {

    private final Variable x; // (N, H)
    private final SequenceLayout layout;

    SegmentSum(Variable x, SequenceLayout layout) {
        Shape.require("segmentSum", x.value(), layout.tokenCount(), Shape.ANY);
        this.x = x;
        this.layout = layout;
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        INDArray[] sums = new INDArray[layout.batchSize()];
        for (int b = 0; b < sums.length; b++) {
            sums[b] = pooledRows(x.value(), b).sum(true, 0); // (1, H)
        }
        return Nd4j.concat(0, sums);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(
                x,
                () -> { // dxᵢ = dy_b for the pooled rows i of text b, 0 for the others
                    INDArray dx = Nd4j.zeros(dy.dataType(), x.shape());
                    for (int b = 0; b < layout.batchSize(); b++) {
                        pooledRows(dx, b).addi(viewRows(dy, b, b + 1)); // (1, H) broadcasts over the rows
                    }
                    return dx;
                });
    }

    private INDArray pooledRows(INDArray rows, int b) {
        return viewRows(rows, layout.poolingStart(b), layout.offset(b + 1));
    }
}
