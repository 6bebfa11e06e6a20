package dev.retort.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Σ g² of one gradient, row by row, then over the rows in their order: a row of zeros that a row-sparse gradient leaves out would not
 * change it.
 */
final class GradientSquares {

    private static final int ELEMENTS_A_TASK = 1 << 18;

    private final INDArray elements; // row-major
    private final int rowCount;
    private final int rowLength;
    private final double[] sums; // one a row

    GradientSquares(INDArray elements) {
        this.elements = elements;
        this.rowCount = elements.rank() < 2 ? 1 : Math.toIntExact(elements.size(0));
        this.rowLength = Math.toIntExact(elements.length() / rowCount);
        this.sums = new double[rowCount];
    }

    List<Crew.Task> tasks() {
        long address = NativeBytes.addressOf(elements);
        long rowBytes = (long) rowLength * elements.dataType().width();
        int rowsATask = Math.max(1, ELEMENTS_A_TASK / rowLength);
        List<Crew.Task> tasks = new ArrayList<>();
        for (int row = 0; row < rowCount; row += rowsATask) {
            int first = row;
            int count = Math.min(rowsATask, rowCount - row);
            tasks.add(scratch -> scratch.loops(elements.dataType())
                    .squares(
                            NativeBytes.view(address + first * rowBytes, count * rowBytes),
                            rowLength,
                            sums,
                            first,
                            count));
        }
        return tasks;
    }

    /** The sum, once the tasks have run. */
    double total() {
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return total;
    }
}
