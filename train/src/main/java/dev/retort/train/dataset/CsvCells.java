package dev.retort.train.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** RFC 4180. */
record CsvCells(int width, int[] places) implements Cells {

    static List<String> split(String row, String place) throws MalformedDatasetException {
        try (CSVParser parser = CSVParser.parse(row, CSVFormat.RFC4180)) {
            List<CSVRecord> records = parser.getRecords();
            if (records.size() != 1) { // where the quotes are balanced and yet do not enclose cells
                throw new IOException("a quotation mark stands inside a cell that does not begin with one");
            }
            return List.of(records.get(0).values());
        } catch (IOException | UncheckedIOException e) {
            throw new MalformedDatasetException(
                    place + ": not CSV: " + said(e)
                            + ": a quoted cell ends with a quotation mark, one within it is doubled",
                    e);
        }
    }

    /** Without the name of the class that an {@link UncheckedIOException} puts before what its cause says. */
    private static @Nullable String said(Exception failure) {
        return (failure.getCause() == null ? failure : failure.getCause()).getMessage();
    }

    @Override
    public @Nullable String[] of(String row, String place) throws MalformedDatasetException {
        List<String> cells = split(row, place);
        if (cells.size() != width) {
            throw new MalformedDatasetException(place + ": expected " + width + " columns, found " + cells.size()
                    + ": a cell that holds a comma is quoted");
        }
        @Nullable String[] wanted = new String[places.length];
        for (int i = 0; i < places.length; i++) {
            wanted[i] = cells.get(places[i]);
        }
        return wanted;
    }
}
