package dev.retort.train.dataset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the wanted cells out of a record. */
interface Cells {

    /**
     * The columns that a file's first record names: its header, or the fields of its first object.
     *
     * @param place {@code file:line}
     */
    static List<String> columns(DatasetFormat format, String first, String place) throws MalformedDatasetException {
        return switch (format) {
            case TSV -> TsvCells.split(first);
            case CSV -> CsvCells.split(first, place);
            case JSONL -> JsonCells.fields(first, place);
        };
    }

    /**
     * @param columns all that the file has
     * @param wanted some of them, and in JSON lines any
     */
    static Cells of(DatasetFormat format, List<String> columns, List<String> wanted) {
        int[] places = wanted.stream().mapToInt(columns::indexOf).toArray();
        return switch (format) {
            case TSV -> new TsvCells(columns.size(), places);
            case CSV -> new CsvCells(columns.size(), places);
            case JSONL -> new JsonCells(wanted);
        };
    }

    /**
     * The wanted cells of a record; null where a JSON object has none or null.
     *
     * @param place {@code file:line}
     * @throws MalformedDatasetException if the record is not what the format says
     */
    @Nullable
    String[] of(String row, String place) throws MalformedDatasetException;
}
