package dev.retort.autograd;

import static dev.retort.core.Tensors.gatherRows;
import static dev.retort.core.Tensors.viewRows;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** yᵢ = x[rowsᵢ]: (V, H) -> (N, H). Every row number is checked here, because the native gather does not. */
final class Gather implements Operation {

    private final Variable x; // (V, H)
    private final int[] rows; // (N)

    Gather(Variable x, int[] rows) {
        Shape.require("gather", x.value(), Shape.ANY, Shape.ANY);
        if (rows.length == 0) {
            throw new IllegalArgumentException("gather: expected at least one row number");
        }
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 0 || rows[i] >= x.size(0)) {
                throw new IllegalArgumentException(
                        "gather: row " + rows[i] + " at " + i + " is outside 0.." + (x.size(0) - 1));
            }
        }
        this.x = x;
        this.rows = rows.clone();
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return gatherRows(x.value(), rows);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.addRows(
                x,
                () -> { // dx[v] = Σ dyᵢ over i with rowsᵢ = v, in the order of i: runs agree to the bit
                    LookedUpRows read = LookedUpRows.of(rows);
                    INDArray dx = Nd4j.zeros(dy.dataType(), read.count(), dy.size(1)); // of the rows that were read
                    for (int i = 0; i < rows.length; i++) {
                        viewRows(dx, read.place(i), read.place(i) + 1).addi(viewRows(dy, i, i + 1));
                    }
                    return new RowSparseGradient(x.size(0), read.rows(), dx);
                });
    }
}
