package dev.retort.onednn;

/**
 * Rows in pieces of {@value #ROWS}, the last one smaller: then a few plans serve every number of rows, and a piece's tensors stay in the
 * processor's cache from one kernel to the next. Kernels are as fast on pieces as on all rows at once.
 */
final class Pieces {

    static final long ROWS = 256;
    private static final long MOST_EVEN_ROWS = 384;

    private Pieces() {}

    /**
     * The rows of each piece but the last where a kernel copies the weight for every piece, as it does with one that is not packed: as few
     * pieces as there can be, alike, so that none is copied for a handful of rows.
     *
     * @param rows as {@link Kernels#roundedRows} gives them
     */
    static long even(long rows) {
        long pieces = (rows + MOST_EVEN_ROWS - 1) / MOST_EVEN_ROWS;
        return Kernels.roundedRows((rows + pieces - 1) / pieces);
    }

    /** The rows of the piece that starts at {@code first}. */
    static long count(long first, long rows) {
        return Math.min(ROWS, rows - first);
    }
}
