package dev.retort.train.dataset;

import java.util.List;
import java.util.Objects;

/** All texts in memory. */
final class ListedDataset implements Dataset {

    private final String name;
    private final DatasetScan.Result scan;
    private final List<String> texts;

    ListedDataset(String name, DatasetScan.Result scan, List<String> texts) {
        this.name = name;
        this.scan = scan;
        this.texts = List.copyOf(texts);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<TaskLabels> tasks() {
        return scan.tasks();
    }

    @Override
    public int size() {
        return texts.size();
    }

    @Override
    public Example get(int row) {
        return new Example(
                texts.get(row),
                scan.rows().labels(row),
                name + ":" + scan.rows().line(row));
    }

    @Override
    public int label(int row, int task) {
        return scan.rows().label(Objects.checkIndex(row, size()), Objects.checkIndex(task, tasks().size()));
    }

    @Override
    public long fingerprint() {
        return scan.fingerprint();
    }
}
