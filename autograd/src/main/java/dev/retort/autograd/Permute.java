package dev.retort.autograd;

import dev.retort.core.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Axis i of y is axis axes[i] of x. The result is copied into row-major order, which every later operation prefers. */
final class Permute implements Operation {

    private final Variable x;
    private final int[] axes;

    Permute(Variable x, int[] axes) {
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        if (!Arrays.equals(sorted, IntStream.range(0, x.shape().length).toArray())) {
            throw new IllegalArgumentException("permute: expected each axis of " + Shape.toString(x.shape())
                    + " once, got " + Arrays.toString(axes));
        }
        this.x = x;
        this.axes = axes.clone();
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().permute(axes).dup('c');
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.permute(inverse()).dup('c')); // dx = dy with the axes put back
    }

    private int[] inverse() {
        int[] inverse = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            inverse[axes[i]] = i;
        }
        return inverse;
    }
}
