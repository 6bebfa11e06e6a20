package dev.retort.autograd;

import static dev.retort.core.Tensors.gatherRows;
import static dev.retort.core.Tensors.viewRows;

import dev.retort.core.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradient of a table (V, H) of which few rows were read: R of its rows, the others are zero and not stored.
 *
 * <p>Row numbers ascend and none occurs twice.
 */
public final class RowSparseGradient implements Gradient {

    private final long tableRows; // V
    private final int[] rows; // (R), ascending
    private final INDArray values; // (R, H)

    /**
     * @param tableRows V
     * @param rows (R), ascending, each once
     * @param values their gradients, (R, H); shared, not to be changed
     * @throws IllegalArgumentException if a row is out of order or outside the table, or there is not one row of values each
     */
    public RowSparseGradient(long tableRows, int[] rows, INDArray values) {
        this.tableRows = tableRows;
        this.rows = rows.clone();
        this.values = Shape.require("gradient of rows", values, rows.length, Shape.ANY);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i] < 0 || rows[i] >= tableRows || (i > 0 && rows[i] <= rows[i - 1])) {
                throw new IllegalArgumentException("gradient of rows: expected ascending rows in 0.." + (tableRows - 1)
                        + ", got " + rows[i] + " at " + i);
            }
        }
    }

    /** R, the rows that are stored. */
    public int rowCount() {
        return rows.length;
    }

    /** The table's row to which row i of {@link #values} belongs; ascends with i. */
    public int row(int i) {
        return rows[i];
    }

    /** The gradients of the stored rows, (R, H), row-major. */
    public INDArray values() {
        return values;
    }

    @Override
    public long[] shape() {
        return new long[] {tableRows, values.size(1)};
    }

    @Override
    public INDArray dense() {
        return addedTo(Nd4j.zeros(values.dataType(), shape()));
    }

    /** The table plus these rows, written into the table. */
    INDArray addedTo(INDArray table) {
        for (int i = 0; i < rows.length; i++) {
            viewRows(table, rows[i], rows[i] + 1).addi(viewRows(values, i, i + 1));
        }
        return table;
    }

    RowSparseGradient withValues(INDArray others) {
        return new RowSparseGradient(tableRows, rows, others);
    }

    /** Row-sparse plus row-sparse is row-sparse, over the rows of either. */
    @Override
    public Gradient plus(Gradient other) {
        if (!Arrays.equals(shape(), other.shape())) {
            throw new IllegalArgumentException("gradient: sum of different shapes: " + Shape.toString(shape()) + ", "
                    + Shape.toString(other.shape()));
        }
        return other instanceof RowSparseGradient sparse ? plus(sparse) : plus((DenseGradient) other);
    }

    DenseGradient plus(DenseGradient other) {
        return new DenseGradient(
                addedTo(Shape.require("gradient", other.dense(), shape()).dup('c')));
    }

    private RowSparseGradient plus(RowSparseGradient other) {
        int[] union = IntStream.concat(Arrays.stream(rows), Arrays.stream(other.rows))
                .sorted()
                .distinct()
                .toArray();
        return new RowSparseGradient(tableRows, union, spreadOver(union).add(other.spreadOver(union)));
    }

    /** The values at the places of a superset of the rows, zero elsewhere. */
    private INDArray spreadOver(int[] superset) {
        if (superset.length == rows.length) {
            return values;
        }
        int[] sources = new int[superset.length];
        int next = 0;
        for (int i = 0; i < superset.length; i++) {
            boolean stored = next < rows.length && rows[next] == superset[i];
            sources[i] = stored ? next++ : rows.length; // the row of zeros behind the last
        }
        return gatherRows(Nd4j.concat(0, values, Nd4j.zeros(values.dataType(), 1, values.size(1))), sources);
    }
}
