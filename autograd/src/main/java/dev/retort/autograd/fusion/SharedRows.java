package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.SequenceLayout;
import org.jspecify.annotations.Nullable;

/**
 * A meeting place of workers that compute one text together. Each has some of its rows, or all of them, and all call the same functions in
 * the same order; most functions take rows one by one and do not notice, attention waits until every worker has brought its keys and values.
 *
 * <p>Without gradients, and without dropout. One text at a time; then the next one may begin. A row's bits are those of a single worker.
 */
public interface SharedRows extends AutoCloseable {

    /** How many workers, of at most so many, are worth having for a text. */
    int workersFor(int tokenCount, int most);

    /**
     * Sets out on a text; nobody may be at work on the one before.
     *
     * @param text the layout of one text, as a single worker would have it
     * @param workers at least 2, at most what {@link #workersFor} says
     */
    void begin(SequenceLayout text, int workers);

    /** The first row that a worker computes. */
    int firstRow(int worker);

    /**
     * The row after the last one that a worker computes. Shares follow one another, unless the workers divide the columns: then each has
     * all rows.
     */
    default int endRow(int worker) {
        return firstRow(worker + 1);
    }

    /**
     * One worker's share, to be used by its thread until the next text begins.
     *
     * @param own the worker's functions for texts of its own, of the same backend
     */
    Share share(int worker, Fusions own);

    /** What one worker computes with. */
    interface Share {

        /** The functions, to be called on the worker's rows. */
        Fusions fusions();

        /**
         * Brings the shares together; every worker calls it once, at the end.
         *
         * @param rows the worker's share, (its rows, H)
         * @return all rows, (N, H), to worker 0, which waits for the others; null to them
         */
        @Nullable
        Variable join(Variable rows);
    }

    /** Says that a worker failed: those who wait for it, now or later, throw a {@link java.util.concurrent.CancellationException}. */
    void abandon();

    /** Frees the memory; nobody may be at work. */
    @Override
    void close();
}
