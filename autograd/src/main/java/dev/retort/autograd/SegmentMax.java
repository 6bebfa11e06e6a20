package dev.retort.autograd;

import static dev.retort.core.Tensors.viewRows;

import dev.retort.core.SequenceLayout;
import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * y_bh = max xᵢₕ over the pooled rows i of text b: (N, H) -> (B, H).
 *
 * <p>The gradient goes to the first row that attains the maximum, as in PyTorch's {@code max(dim)}.
 */
final class SegmentMax implements Operation {

    private final Variable x; // (N, H)
    private final int[][] winners; // (B, H), row of the maximum, kept for backward
    private final INDArray maxima; // (B, H)

    SegmentMax(Variable x, SequenceLayout layout) {
        Shape.require("segmentMax", x.value(), layout.tokenCount(), Shape.ANY);
        this.x = x;
        this.winners = new int[layout.batchSize()][];
        INDArray[] maxima = new INDArray[winners.length];
        for (int b = 0; b < winners.length; b++) {
            INDArray pooled = viewRows(x.value(), layout.poolingStart(b), layout.offset(b + 1));
            maxima[b] = pooled.max(true, 0); // (1, H)
            winners[b] = pooled.argMax(0).toIntVector();
            for (int h = 0; h < winners[b].length; h++) {
                winners[b][h] += layout.poolingStart(b);
            }
        }
        this.maxima = Nd4j.concat(0, maxima);
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return maxima;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(
                x,
                () -> { // dxᵢₕ = dy_bh where i is the winner of (b, h), else 0
                    INDArray dx = Nd4j.zeros(dy.dataType(), x.shape());
                    for (int b = 0; b < winners.length; b++) {
                        for (int h = 0; h < winners[b].length; h++) {
                            dx.putScalar(winners[b][h], h, dy.getDouble(b, h));
                        }
                    }
                    return dx;
                });
    }
}
