package dev.retort.train.dataset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Split at TAB only: a quotation mark is a character like any other. */
record TsvCells(int width, int[] places) implements Cells {

    static List<String> split(String row) {
        return List.of(row.split("\t", -1));
    }

    @Override
    public @Nullable String[] of(String row, String place) throws MalformedDatasetException {
        List<String> cells = split(row);
        if (cells.size() != width) {
            throw new MalformedDatasetException(place + ": expected " + width + " columns, found " + cells.size()
                    + ": tab-separated values have no quotes and no line ends within a text");
        }
        @Nullable String[] wanted = new String[places.length];
        for (int i = 0; i < places.length; i++) {
            wanted[i] = cells.get(places[i]);
        }
        return wanted;
    }
}
