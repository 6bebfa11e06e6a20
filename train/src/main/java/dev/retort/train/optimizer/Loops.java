package dev.retort.train.optimizer;

import java.nio.ByteBuffer;

/*
 * HotSpot vectorises loops over heap arrays and not over native memory, so a piece is copied in, worked on, and copied out. The piece is so
 * small that the processor already loads the next one while it still divides in this one: with 16,384 elements, which it does one after
 * the other, an update takes a third longer.
 */
/** The two loops over elements, for one type of them. Not to be shared between threads. */
interface Loops {

    /** Elements a piece. */
    int PIECE = 256;

    /** In {@link Stretches}: this stretch has no gradient. */
    int NONE = -1;

    /**
     * What one task works on: stretches of elements, equally long.
     *
     * @param places where they begin in parameter and moments, in elements
     * @param gradientPlaces where they begin in the gradient, or {@link #NONE} for zeros
     * @param length of each, in elements
     */
    record Stretches(int[] places, int[] gradientPlaces, int length) {

        /** A single one, at the beginning of everything. */
        static Stretches whole(int length) {
            return new Stretches(new int[1], new int[1], length);
        }
    }

    /** Updates parameter and moments by {@link Coefficients}' formulas. */
    void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer gradient,
            Stretches stretches,
            Coefficients coefficients);

    /**
     * Σ g² of each of some rows, in float64. The order of the additions depends on a row's length alone.
     *
     * @param gradient the rows, one behind the other
     * @param sums gets them
     * @param firstRow the place of the first
     */
    void squares(ByteBuffer gradient, int rowLength, double[] sums, int firstRow, int rowCount);
}
