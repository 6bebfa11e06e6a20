package dev.retort.autograd;

import java.util.Arrays;

/** Which rows of a table a lookup reads, each once and ascending, and where among them each reading finds its own. */
public final class LookedUpRows {

    private final int[] rows; // (R), ascending
    private final int[] places; // (N), into rows

    private LookedUpRows(int[] rows, int[] places) {
        this.rows = rows;
        this.places = places;
    }

    /** @param lookup the row that each of N readings reads, repeats allowed */
    public static LookedUpRows of(int[] lookup) {
        int[] rows = Arrays.stream(lookup).sorted().distinct().toArray();
        int[] places = new int[lookup.length];
        for (int i = 0; i < lookup.length; i++) {
            places[i] = Arrays.binarySearch(rows, lookup[i]);
        }
        return new LookedUpRows(rows, places);
    }

    /** R, the different rows. */
    public int count() {
        return rows.length;
    }

    /** The different rows, ascending. */
    public int[] rows() {
        return rows.clone();
    }

    /** The place of reading i's row in {@link #rows}. */
    public int place(int i) {
        return places[i];
    }
}
