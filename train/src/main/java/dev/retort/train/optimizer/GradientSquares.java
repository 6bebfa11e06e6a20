package dev.retort.train.optimizer;

import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Σ g² of one gradient, row by row, then over the rows in their order: a row of zeros that a row-sparse gradient leaves out would not
 * change it. A vector is one row.
 */
final class GradientSquares {

    private final SummedGradient gradient;
    private final int rowLength;
    private final int[] rows; // those that a row-sparse gradient has
    private final double[] sums; // one a row

    GradientSquares(SummedGradient gradient) {
        this.gradient = gradient;
        long[] shape = gradient.shape();
        int rowCount = shape.length < 2 ? 1 : Math.toIntExact(shape[0]);
        this.rowLength = Math.toIntExact(Shape.elementCount(shape) / rowCount);
        this.rows = gradient.isRowSparse() ? gradient.rows().stream().toArray() : new int[0];
        this.sums = new double[gradient.isRowSparse() ? rows.length : rowCount];
    }

    List<Crew.Task> tasks() {
        int[][] sources = gradient.isRowSparse() ? gradient.sources(rows) : new int[0][];
        int rowsATask = Math.max(1, ParameterUpdate.ELEMENTS_A_TASK / rowLength);
        List<Crew.Task> tasks = new ArrayList<>();
        for (int row = 0; row < sums.length; row += rowsATask) {
            int from = row;
            int to = Math.min(row + rowsATask, sums.length);
            tasks.add(scratch -> {
                Addends addends = gradient.isRowSparse()
                        ? gradient.rows(sources, from, to)
                        : gradient.block((long) from * rowLength, to - from, rowLength);
                scratch.loops(gradient.type()).squares(addends, rowLength, sums, from);
            });
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
