package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a text and its labels of a record. */
record RowReader(Columns columns, Cells cells) {

    /**
     * @param text never blank
     * @param labels one a task, null where it is missing
     */
    record Row(String text, List<@Nullable String> labels) {

        Row {
            labels = Collections.unmodifiableList(new ArrayList<>(labels)); // List.copyOf takes no null
        }
    }

    Row read(Records records) throws MalformedDatasetException {
        String place = records.place();
        @Nullable String[] found = cells.of(records.text(), place);
        String text = found[0];
        if (text == null || text.isBlank()) {
            throw new MalformedDatasetException(
                    place + ": " + (text == null ? "no text" : "empty text") + ": column " + columns.text());
        }
        List<@Nullable String> labels = new ArrayList<>();
        for (int t = 0; t < columns.tasks().size(); t++) {
            labels.add(columns.label(found, t));
        }
        return new Row(text, labels);
    }
}
