package dev.retort.train.optimizer;

import dev.retort.autograd.RowSparseGradient;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One parameter's update, divided into tasks that touch different elements.
 *
 * @param moments of the parameter
 * @param parameter its address
 * @param gradient the address of its gradient's elements, all or those of its rows
 */
record ParameterUpdate(Moments moments, long parameter, long gradient, Coefficients coefficients) {

    private static final int ELEMENTS_A_TASK = 1 << 18;

    /** Tasks for every element. */
    List<Crew.Task> tasks() {
        List<Crew.Task> tasks = new ArrayList<>();
        for (long first = 0; first < moments.elements(); first += ELEMENTS_A_TASK) {
            int count = (int) Math.min(ELEMENTS_A_TASK, moments.elements() - first);
            tasks.add(task(first, count, first, count, Loops.Stretches.whole(count)));
        }
        return tasks;
    }

    /** Tasks for the rows that ever had a gradient: those that have none this time have the gradient zero. */
    List<Crew.Task> tasks(RowSparseGradient sparse) {
        int[] rows = workedRows(sparse);
        int[] sources = new int[rows.length]; // the row of the gradient's elements, or NONE
        int next = 0;
        for (int i = 0; i < rows.length; i++) {
            boolean present = next < sparse.rowCount() && sparse.row(next) == rows[i];
            sources[i] = present ? next++ : Loops.NONE;
        }
        int rowLength = Math.toIntExact(sparse.shape()[1]);
        List<Crew.Task> tasks = new ArrayList<>();
        for (int from = 0; from < rows.length; ) {
            int to = endOfTask(rows, from, rowLength);
            tasks.add(rowsTask(Arrays.copyOfRange(rows, from, to), Arrays.copyOfRange(sources, from, to), rowLength));
            from = to;
        }
        return tasks;
    }

    private int[] workedRows(RowSparseGradient sparse) {
        BitSet touched = moments.rows();
        if (touched == null) {
            return IntStream.range(0, Math.toIntExact(sparse.shape()[0])).toArray();
        }
        for (int i = 0; i < sparse.rowCount(); i++) {
            touched.set(sparse.row(i));
        }
        return touched.stream().toArray();
    }

    /** Rows enough for a task, and not so far apart that one view could not span them. */
    private int endOfTask(int[] rows, int from, int rowLength) {
        int to = from + 1;
        while (to < rows.length
                && (to - from) * (long) rowLength < ELEMENTS_A_TASK
                && (rows[to] - rows[from] + 1) * (long) rowLength * width() <= Integer.MAX_VALUE) {
            to++;
        }
        return to;
    }

    private Crew.Task rowsTask(int[] rows, int[] sources, int rowLength) {
        int firstSource = Arrays.stream(sources)
                .filter(source -> source != Loops.NONE)
                .findFirst()
                .orElse(0);
        int sourceCount = (int)
                Arrays.stream(sources).filter(source -> source != Loops.NONE).count();
        int[] places = new int[rows.length];
        int[] gradientPlaces = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            places[i] = (rows[i] - rows[0]) * rowLength;
            gradientPlaces[i] = sources[i] == Loops.NONE ? Loops.NONE : (sources[i] - firstSource) * rowLength;
        }
        return task(
                (long) rows[0] * rowLength,
                (rows[rows.length - 1] - rows[0] + 1) * rowLength,
                (long) firstSource * rowLength,
                sourceCount * rowLength,
                new Loops.Stretches(places, gradientPlaces, rowLength));
    }

    /**
     * @param first the first element of parameter and moments that the task may touch
     * @param span how many
     * @param firstOfGradient the first element of the gradient that it may read
     * @param spanOfGradient how many
     */
    private Crew.Task task(long first, int span, long firstOfGradient, int spanOfGradient, Loops.Stretches stretches) {
        return scratch -> scratch.loops(moments.type())
                .update(
                        view(parameter, first, span),
                        view(moments.firstAddress(), first, span),
                        view(moments.secondAddress(), first, span),
                        view(gradient, firstOfGradient, spanOfGradient),
                        stretches,
                        coefficients);
    }

    private ByteBuffer view(long address, long first, long count) {
        return NativeBytes.view(address + first * width(), count * width());
    }

    private int width() {
        return moments.type().width();
    }
}
