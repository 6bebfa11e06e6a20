package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.SequenceLayout;
import java.util.function.IntToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@link Fusions} with nothing overridden, and the pieces its definitions share. */
enum Definitions implements Fusions {
    INSTANCE;

    /** X Wᵀ + b. */
    static Variable affine(Variable x, Weight weight) {
        Variable product = x.matmulTransposed(weight.matrix());
        Variable bias = weight.bias();
        return bias == null ? product : product.add(bias);
    }

    /** One run's rows, heads apart: (N, H) to (n, A, L, D). */
    static Variable splitHeads(Variable projection, SequenceLayout.Run run, int headCount) {
        long hiddenSize = projection.size(1);
        if (hiddenSize % headCount != 0) {
            throw new IllegalArgumentException(
                    "headCount must divide the hidden size: headCount=" + headCount + " hiddenSize=" + hiddenSize);
        }
        long headSize = hiddenSize / headCount;
        return projection
                .rows(run.firstRow(), run.endRow())
                .reshape(run.count(), run.length(), headCount, headSize)
                .permute(0, 2, 1, 3);
    }

    /** The first pooled row of each text, (B). */
    static int[] firstRows(SequenceLayout layout) {
        int[] rows = new int[layout.batchSize()];
        for (int b = 0; b < rows.length; b++) {
            rows[b] = layout.poolingStart(b);
        }
        return rows;
    }

    /** The last row of each text, (B). */
    static int[] lastRows(SequenceLayout layout) {
        int[] rows = new int[layout.batchSize()];
        for (int b = 0; b < rows.length; b++) {
            rows[b] = layout.offset(b + 1) - 1;
        }
        return rows;
    }

    /** A function of the number of pooled rows n of each text, (B, 1). */
    static Variable perText(SequenceLayout layout, Variable like, IntToDoubleFunction function) {
        double[] values = new double[layout.batchSize()];
        for (int b = 0; b < values.length; b++) {
            values[b] = function.applyAsDouble(layout.offset(b + 1) - layout.poolingStart(b));
        }
        return column(values, like);
    }

    /** pᵢ / Σ pⱼ over the text's pooled rows, p the position counted from one, (N, 1). */
    static Variable positionShares(SequenceLayout layout, Variable like) {
        double[] shares = new double[layout.tokenCount()];
        for (int b = 0; b < layout.batchSize(); b++) {
            double total = 0;
            for (int row = layout.poolingStart(b); row < layout.offset(b + 1); row++) {
                total += layout.positionId(row) + 1;
            }
            for (int row = layout.poolingStart(b); row < layout.offset(b + 1); row++) {
                shares[row] = (layout.positionId(row) + 1) / total;
            }
        }
        return column(shares, like);
    }

    private static Variable column(double[] values, Variable like) {
        INDArray column = Nd4j.createFromArray(values).castTo(like.value().dataType());
        return Variable.constant(column.reshape('c', values.length, 1));
    }
}
