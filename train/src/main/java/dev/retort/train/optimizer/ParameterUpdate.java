package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One parameter's update, divided into tasks that touch different elements.
 *
 * @param moments of the parameter
 * @param parameter its address
 */
record ParameterUpdate(Moments moments, long parameter, SummedGradient gradient, Coefficients coefficients) {

    static final int ELEMENTS_A_TASK = 1 << 18;

    List<Crew.Task> tasks() {
        return gradient.isRowSparse() ? rowTasks() : denseTasks();
    }

    private List<Crew.Task> denseTasks() {
        List<Crew.Task> tasks = new ArrayList<>();
        for (long first = 0; first < moments.elements(); first += ELEMENTS_A_TASK) {
            int count = (int) Math.min(ELEMENTS_A_TASK, moments.elements() - first);
            long from = first;
            tasks.add(scratch -> update(scratch, from, count, new int[1], gradient.block(from, 1, count), count));
        }
        return tasks;
    }

    /** The rows that ever had a gradient: those that have none this time have the gradient zero. */
    private List<Crew.Task> rowTasks() {
        int[] rows = workedRows();
        int[][] sources = gradient.sources(rows);
        int length = Math.toIntExact(gradient.shape()[1]);
        List<Crew.Task> tasks = new ArrayList<>();
        for (int first = 0; first < rows.length; ) {
            int from = first;
            int to = endOfTask(rows, from, length);
            tasks.add(scratch -> updateRows(scratch, rows, sources, from, to, length));
            first = to;
        }
        return tasks;
    }

    private int[] workedRows() {
        BitSet touched = moments.rows();
        if (touched == null) {
            return IntStream.range(0, Math.toIntExact(gradient.shape()[0])).toArray();
        }
        touched.or(gradient.rows());
        return touched.stream().toArray();
    }

    /** Rows enough for a task, and not so far apart that one view could not span them. */
    private int endOfTask(int[] rows, int from, int length) {
        int to = from + 1;
        while (to < rows.length
                && (to - from) * (long) length < ELEMENTS_A_TASK
                && (rows[to] - rows[from] + 1L) * length * moments.type().width() <= Integer.MAX_VALUE) {
            to++;
        }
        return to;
    }

    private void updateRows(Scratch scratch, int[] rows, int[][] sources, int from, int to, int length) {
        int[] places = new int[to - from];
        for (int i = from; i < to; i++) {
            places[i - from] = (rows[i] - rows[from]) * length;
        }
        int span = (rows[to - 1] - rows[from] + 1) * length;
        update(scratch, (long) rows[from] * length, span, places, gradient.rows(sources, from, to), length);
    }

    /**
     * @param first the first element that may be touched
     * @param span how many
     */
    private void update(Scratch scratch, long first, int span, int[] places, Addends addends, int length) {
        scratch.loops(moments.type())
                .update(
                        view(parameter, first, span),
                        view(moments.firstAddress(), first, span),
                        view(moments.secondAddress(), first, span),
                        places,
                        addends,
                        length,
                        coefficients);
    }

    private ByteBuffer view(long address, long first, long count) {
        int width = moments.type().width();
        return NativeBytes.view(address + first * width, count * width);
    }
}
