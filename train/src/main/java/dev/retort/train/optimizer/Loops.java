package dev.retort.train.optimizer;

import java.nio.ByteBuffer;

/*
 * HotSpot vectorises loops over heap arrays and not over native memory, so a piece is copied in, worked on, and copied out. The piece is so
 * small that the processor already loads the next one while it still divides in this one: with thousands of elements, which it does one
 * after the other, an update takes a third longer. It divides 768, so that no remainder is left of common rows.
 */
/** The two loops over elements, for one type of them. Not to be shared between threads. */
interface Loops {

    /** Elements a piece. */
    int PIECE = 192;

    /**
     * Updates stretches of a parameter and of its moments by {@link Coefficients}' formulas.
     *
     * @param places where they begin in all three, in elements
     * @param length of each, in elements
     */
    void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            int[] places,
            Addends gradient,
            int length,
            Coefficients coefficients);

    /**
     * Σ g² of each stretch, in float64. The order of the additions depends on the length alone.
     *
     * @param length of each, in elements
     * @param sums gets them
     * @param firstSum the place of the first
     */
    void squares(Addends gradient, int length, double[] sums, int firstSum);
}
