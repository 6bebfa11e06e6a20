package dev.retort.autograd;

import static dev.retort.core.Tensors.viewPart;

import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The parts one after the other along an axis. */
record Concat(int axis, List<Variable> parts) implements Operation {

    Concat {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("concat: expected at least one part");
        }
        if (axis < 0 || axis >= parts.get(0).shape().length) {
            throw new IllegalArgumentException("concat: axis " + axis + " of " + parts.get(0));
        }
        long[] expected = parts.get(0).shape().clone();
        expected[axis] = Shape.ANY;
        for (Variable part : parts) {
            Shape.require("concat", part.value(), expected);
        }
    }

    @Override
    public List<Variable> inputs() {
        return parts;
    }

    @Override
    public INDArray forward() {
        return Nd4j.concat(axis, parts.stream().map(Variable::value).toArray(INDArray[]::new));
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        long start = 0;
        for (Variable part : parts) {
            long from = start;
            long to = start + part.size(axis);
            gradients.add(part, () -> viewPart(dy, axis, from, to).dup('c')); // d(part) = its slice of dy
            start = to;
        }
    }
}
