package dev.retort.autograd;

import static dev.retort.core.Tensors.viewRows;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Rows from, from + 1, ... to - 1 of the first axis: (N, ...) -> (to - from, ...). */
record Rows(Variable x, int from, int to) implements Operation {

    Rows {
        if (from < 0 || to <= from || to > x.size(0)) {
            throw new IllegalArgumentException("rows: expected 0 <= from < to <= " + x.size(0) + ", got from=" + from
                    + " to=" + to + " of " + Shape.toString(x.shape()));
        }
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return from == 0 && to == x.size(0)
                ? x.value()
                : viewRows(x.value(), from, to).dup('c');
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(
                x,
                () -> { // dx = dy in these rows, 0 elsewhere
                    INDArray dx = Nd4j.zeros(dy.dataType(), x.shape());
                    viewRows(dx, from, to).assign(dy);
                    return dx;
                });
    }
}
