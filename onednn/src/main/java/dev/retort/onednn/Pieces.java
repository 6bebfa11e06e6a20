package dev.retort.onednn;

/**
 * Rows in pieces of {@value #ROWS}, the last one smaller: then a few plans serve every number of rows, and a piece's tensors stay in the
 * processor's cache from one kernel to the next. Kernels are as fast on pieces as on all rows at once.
 */
final class Pieces {

    static final long ROWS = 256;

    private Pieces() {}

    /** The rows of the piece that starts at {@code first}. */
    static long count(long first, long rows) {
        return Math.min(ROWS, rows - first);
    }
}
