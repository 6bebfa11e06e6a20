package dev.retort.train.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one pass over a file that finds its tasks and classes, checks every row, and notes where each begins. */
final class DatasetScan {

    private static final int MOST_ROW_WARNINGS = 20;

    private final String name;
    private final DatasetFormat format;
    private final ReadOptions options;
    private final Consumer<String> warnings;
    private final @Nullable List<String> texts;
    private final Fingerprint fingerprint = new Fingerprint();

    private int skipped;
    private int unlabelled;
    private String firstUnlabelled = "";

    private DatasetScan(
            String name,
            DatasetFormat format,
            ReadOptions options,
            Consumer<String> warnings,
            @Nullable List<String> texts) {
        this.name = name;
        this.format = format;
        this.options = options;
        this.warnings = warnings;
        this.texts = texts;
    }

    /** What a pass found. */
    record Result(List<TaskLabels> tasks, RowTable rows, RowReader reader, long fingerprint) {}

    /**
     * Reads to the end.
     *
     * @param texts receives them, row by row; null if they shall not be kept
     */
    static Result of(
            InputStream in,
            String name,
            DatasetFormat format,
            ReadOptions options,
            Consumer<String> warnings,
            @Nullable List<String> texts)
            throws IOException {
        try (Records records = new Records(in, name, format == DatasetFormat.CSV, 0, 1, Records.BUFFER)) {
            return new DatasetScan(name, format, options, warnings, texts).read(records);
        }
    }

    private Result read(Records records) throws IOException {
        boolean another = records.next();
        if (!another) {
            throw new MalformedDatasetException(name + ": the file is empty: expected rows of text and labels");
        }
        List<String> all = Cells.columns(format, records.text(), records.place());
        Columns columns = Columns.of(name, all, format == DatasetFormat.JSONL, options, warnings);
        RowReader reader = new RowReader(columns, Cells.of(format, all, columns.present()));
        List<LabelNames> names = new ArrayList<>();
        for (TaskColumn task : columns.tasks()) {
            names.add(new LabelNames(task, columns.found()));
        }
        RowTable rows = new RowTable(names.size());
        if (format != DatasetFormat.JSONL) { // past the header
            another = records.next();
        }
        for (; another; another = records.next()) {
            take(records, reader, names, rows);
        }
        return finish(columns, names, rows, reader);
    }

    private void take(Records records, RowReader reader, List<LabelNames> names, RowTable rows)
            throws MalformedDatasetException {
        String place = records.place();
        int[] numbers = new int[names.size()];
        RowReader.Row row;
        try {
            row = reader.read(records);
            for (int t = 0; t < numbers.length; t++) {
                numbers[t] = names.get(t).number(row.labels().get(t), place);
            }
        } catch (MalformedDatasetException e) {
            if (!options.skippingBadRows()) {
                throw e;
            }
            if (skipped++ < MOST_ROW_WARNINGS) {
                warnings.accept("skipped: " + e.getMessage());
            }
            return;
        }
        boolean labelled = false;
        fingerprint.add(row.text());
        for (int t = 0; t < numbers.length; t++) {
            names.get(t).count(numbers[t], place);
            String label = row.labels().get(t);
            fingerprint.add(label == null ? "" : label);
            labelled |= label != null;
        }
        if (!labelled && unlabelled++ == 0) {
            firstUnlabelled = place;
        }
        rows.add(records.offset(), Math.toIntExact(records.line()), numbers);
        if (texts != null) {
            texts.add(row.text());
        }
    }

    private Result finish(Columns columns, List<LabelNames> names, RowTable rows, RowReader reader)
            throws MalformedDatasetException {
        if (skipped > MOST_ROW_WARNINGS) {
            warnings.accept(name + ": skipped " + (skipped - MOST_ROW_WARNINGS) + " more malformed rows");
        }
        if (rows.size() == 0) {
            throw new MalformedDatasetException(name + ": no rows" + (skipped == 0 ? "" : ": skipped " + skipped));
        }
        if (unlabelled == rows.size()) {
            throw new MalformedDatasetException(name + ": no row has a label: the tasks' columns are "
                    + String.join(
                            ", ",
                            columns.tasks().stream().map(TaskColumn::column).toList()));
        }
        if (unlabelled > 0) {
            warnings.accept(
                    firstUnlabelled + ": a row without any label" + more(unlabelled - 1) + ": they train nothing");
        }
        List<TaskLabels> tasks = new ArrayList<>();
        int[][] places = new int[names.size()][];
        for (int t = 0; t < names.size(); t++) {
            boolean present = !columns.absent().contains(columns.tasks().get(t));
            TaskLabels task = names.get(t).finish(name, present ? warnings : warning -> {});
            places[t] = names.get(t).places(task);
            tasks.add(task);
            fingerprint.add(task);
        }
        rows.finish(places);
        return new Result(tasks, rows, reader, fingerprint.value());
    }

    private static String more(int count) {
        return count == 0 ? "" : ", and " + count + " more";
    }
}
