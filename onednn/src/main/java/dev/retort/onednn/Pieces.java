package dev.retort.onednn;

/**
 * Rows in pieces of {@value #ROWS}, the last one smaller: then a few plans serve every number of rows, and a piece's tensors stay in the
 * processor's cache from one kernel to the next.
 */
final class Pieces {

    static final long ROWS = 256;

    private Pieces() {}

    /** One piece. */
    @FunctionalInterface
    interface Work {
        void on(long first, long count);
    }

    /** Works on all pieces of so many rows, in order. */
    static void of(long rows, Work work) {
        for (long first = 0; first < rows; first += ROWS) {
            work.on(first, Math.min(ROWS, rows - first));
        }
    }
}
