package dev.retort.core;

import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;

/** The same elements laid out in memory in every way an operation may meet. What lies between and around a view's elements is NaN. */
public final class Layouts {

    private Layouts() {}

    /**
     * @param tensor of any shape
     * @return equal tensors by the name of their layout, each with memory of its own; the first is row-major
     */
    public static Map<String, INDArray> of(INDArray tensor) {
        Map<String, INDArray> layouts = new LinkedHashMap<>();
        layouts.put("row-major", tensor.dup('c'));
        if (tensor.rank() > 0) {
            layouts.put("rows of a larger tensor", rowsOfLarger(tensor));
            layouts.put("part of a larger tensor", partOfLarger(tensor));
            layouts.put("every other element", lastAxisStrided(tensor));
        }
        if (tensor.rank() > 1) {
            layouts.put("column-major", tensor.dup('f'));
            layouts.put("permuted view", permutedView(tensor));
        }
        return layouts;
    }

    private static INDArray rowsOfLarger(INDArray tensor) {
        long[] shape = tensor.shape().clone();
        shape[0] += 3;
        INDArray larger = filledWithNaN(tensor, shape);
        return fill(larger.get(interval(2, 2 + tensor.size(0))), tensor);
    }

    private static INDArray partOfLarger(INDArray tensor) {
        long[] shape = tensor.shape().clone();
        INDArrayIndex[] place = new INDArrayIndex[shape.length];
        for (int axis = 0; axis < shape.length; axis++) {
            place[axis] = interval(1, 1 + shape[axis]);
            shape[axis] += 2;
        }
        return fill(filledWithNaN(tensor, shape).get(place), tensor);
    }

    private static INDArray lastAxisStrided(INDArray tensor) {
        long[] shape = tensor.shape();
        long[] withLane = java.util.Arrays.copyOf(shape, shape.length + 1);
        withLane[shape.length] = 2;
        INDArrayIndex[] place = new INDArrayIndex[withLane.length];
        for (int axis = 0; axis < shape.length; axis++) {
            place[axis] = interval(0, shape[axis]);
        }
        place[shape.length] = point(1);
        return fill(filledWithNaN(tensor, withLane).get(place), tensor);
    }

    private static INDArray permutedView(INDArray tensor) {
        int[] reversed = IntStream.range(0, tensor.rank())
                .map(axis -> tensor.rank() - 1 - axis)
                .toArray();
        return tensor.permute(reversed).dup('c').permute(reversed);
    }

    private static INDArray filledWithNaN(INDArray like, long[] shape) {
        return Nd4j.valueArrayOf(shape, Double.NaN, like.dataType());
    }

    private static INDArray fill(INDArray view, INDArray tensor) {
        Shape.require("view", view, tensor.shape());
        view.assign(tensor);
        return view;
    }
}
