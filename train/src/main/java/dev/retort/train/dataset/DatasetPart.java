package dev.retort.train.dataset;

import java.util.List;
import java.util.Objects;

/** Chosen rows of another set. */
final class DatasetPart implements Dataset {

    private final Dataset whole;
    private final int[] rows;

    DatasetPart(Dataset whole, int[] rows) {
        this.whole = whole;
        this.rows = rows.clone();
        for (int row : rows) {
            Objects.checkIndex(row, whole.size());
        }
    }

    @Override
    public String name() {
        return whole.name();
    }

    @Override
    public List<TaskLabels> tasks() {
        return whole.tasks();
    }

    @Override
    public int size() {
        return rows.length;
    }

    @Override
    public Example get(int row) {
        return whole.get(rows[row]);
    }

    @Override
    public int label(int row, int task) {
        return whole.label(rows[row], task);
    }

    @Override
    public long fingerprint() {
        Fingerprint fingerprint = new Fingerprint().add(whole.fingerprint());
        for (int row : rows) {
            fingerprint.add(row);
        }
        return fingerprint.value();
    }
}
