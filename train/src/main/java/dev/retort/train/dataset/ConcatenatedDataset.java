package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Sets one after the other, their labels translated to common ones. */
final class ConcatenatedDataset implements Dataset {

    /** Stands for a task that a set does not have. */
    private static final int NO_TASK = -1;

    private final List<Dataset> datasets;
    private final List<TaskLabels> tasks;
    private final int[] starts; // first row of each set, and the number of all rows
    private final int[][] taskOf; // [set][common task]: the set's own task
    private final int[][][] labelOf; // [set][common task][own label]: common label

    private ConcatenatedDataset(List<Dataset> datasets, List<TaskLabels> tasks) {
        this.datasets = List.copyOf(datasets);
        this.tasks = List.copyOf(tasks);
        this.starts = new int[datasets.size() + 1];
        this.taskOf = new int[datasets.size()][tasks.size()];
        this.labelOf = new int[datasets.size()][tasks.size()][];
        for (int d = 0; d < datasets.size(); d++) {
            starts[d + 1] = Math.addExact(starts[d], datasets.get(d).size());
            for (int t = 0; t < tasks.size(); t++) {
                taskOf[d][t] = NO_TASK;
                labelOf[d][t] = new int[0];
                List<TaskLabels> own = datasets.get(d).tasks();
                for (int o = 0; o < own.size(); o++) {
                    if (own.get(o).task().equals(tasks.get(t).task())) {
                        taskOf[d][t] = o;
                        List<String> names = tasks.get(t).names();
                        labelOf[d][t] = own.get(o).names().stream()
                                .mapToInt(names::indexOf)
                                .toArray();
                    }
                }
            }
        }
    }

    static Dataset of(List<Dataset> datasets) {
        if (datasets.isEmpty()) {
            throw new IllegalArgumentException("datasets: expected at least one");
        }
        Map<String, List<String>> labels = new LinkedHashMap<>();
        for (Dataset dataset : datasets) {
            dataset.tasks().forEach(task -> labels.merge(task.task(), task.names(), ConcatenatedDataset::union));
        }
        List<TaskLabels> tasks = new ArrayList<>();
        labels.forEach((task, names) -> tasks.add(new TaskLabels(task, names)));
        return new ConcatenatedDataset(datasets, tasks);
    }

    private static List<String> union(List<String> a, List<String> b) {
        if (a.equals(b)) {
            return a;
        }
        TreeSet<String> all = new TreeSet<>(a);
        all.addAll(b);
        return all.size() == a.size() ? a : List.copyOf(all);
    }

    @Override
    public String name() {
        return datasets.stream().map(Dataset::name).collect(Collectors.joining(" + "));
    }

    @Override
    public List<TaskLabels> tasks() {
        return tasks;
    }

    @Override
    public int size() {
        return starts[starts.length - 1];
    }

    private int datasetOf(int row) {
        Objects.checkIndex(row, size());
        int d = 0;
        while (row >= starts[d + 1]) {
            d++;
        }
        return d;
    }

    @Override
    public Example get(int row) {
        int d = datasetOf(row);
        Example own = datasets.get(d).get(row - starts[d]);
        int[] labels = new int[tasks.size()];
        for (int t = 0; t < labels.length; t++) {
            labels[t] = label(row, t);
        }
        return new Example(own.text(), labels, own.place());
    }

    @Override
    public int label(int row, int task) {
        int d = datasetOf(row);
        if (taskOf[d][task] == NO_TASK) {
            return Example.MISSING;
        }
        int own = datasets.get(d).label(row - starts[d], taskOf[d][task]);
        return own == Example.MISSING ? own : labelOf[d][task][own];
    }

    @Override
    public long fingerprint() {
        Fingerprint fingerprint = new Fingerprint();
        tasks.forEach(fingerprint::add);
        datasets.forEach(dataset -> fingerprint.add(dataset.fingerprint()));
        return fingerprint.value();
    }

    @Override
    public void close() {
        datasets.forEach(Dataset::close);
    }
}
