package dev.retort.train.report;

import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.Example;
import dev.retort.train.dataset.TaskLabels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The labelled rows that a model gives the lowest probability of the true class.
 *
 * @param task its name
 * @param rows the highest loss first
 */
public record WorstRows(String task, List<Row> rows) {

    /** How many rows {@link #of} keeps. */
    public static final int MOST = 20;

    public WorstRows {
        rows = List.copyOf(rows);
    }

    /**
     * A row.
     *
     * @param text as it is in the data
     * @param label the true one
     * @param predicted the one of the highest probability
     * @param probability of the predicted one
     * @param loss {@code -ln p} of the true one, infinite where p is 0
     */
    public record Row(String text, String label, String predicted, double probability, double loss) {

        /** Whether the prediction is the true label. */
        public boolean isRight() {
            return label.equals(predicted);
        }
    }

    private record Candidate(int row, String label, double loss) {}

    /**
     * Finds a task's {@link #MOST} worst rows. Rows without a label do not count; of equal losses the first comes first.
     *
     * @param dataset the rows and their labels
     * @param task its place in {@code dataset.tasks()}
     * @param probabilities of each class by its label, one entry a row: {@code classification.of(task).probabilities()}
     * @throws IllegalArgumentException if there are more or fewer entries than rows, or one has no probability of the row's label
     */
    public static WorstRows of(Dataset dataset, int task, List<Map<String, Double>> probabilities) {
        TaskLabels labels = dataset.tasks().get(task);
        if (probabilities.size() != dataset.size()) {
            throw new IllegalArgumentException("probabilities of " + labels.task() + ": expected one entry a row, "
                    + dataset.size() + ", got " + probabilities.size());
        }
        List<Candidate> candidates = new ArrayList<>();
        for (int row = 0; row < dataset.size(); row++) {
            int label = dataset.label(row, task);
            if (label != Example.MISSING) {
                String name = labels.names().get(label);
                candidates.add(new Candidate(row, name, loss(probabilities.get(row), name, labels.task(), row)));
            }
        }
        candidates.sort(Comparator.comparingDouble(Candidate::loss).reversed());
        List<Row> rows = new ArrayList<>();
        for (Candidate candidate : candidates.subList(0, Math.min(MOST, candidates.size()))) {
            Map.Entry<String, Double> predicted = highest(probabilities.get(candidate.row()));
            rows.add(new Row(
                    dataset.get(candidate.row()).text(),
                    candidate.label(),
                    predicted.getKey(),
                    predicted.getValue(),
                    candidate.loss()));
        }
        return new WorstRows(labels.task(), rows);
    }

    private static double loss(Map<String, Double> probabilities, String label, String task, int row) {
        Double probability = probabilities.get(label);
        if (probability == null) {
            throw new IllegalArgumentException("probabilities of " + task + ", row " + row + ": none of its label "
                    + label + ": got those of " + probabilities.keySet());
        }
        return 0 - Math.log(probability); // 0 - keeps a certain row's loss from being -0
    }

    /** The first of the largest. */
    private static Map.Entry<String, Double> highest(Map<String, Double> probabilities) {
        Map.Entry<String, Double> highest = null;
        for (Map.Entry<String, Double> entry : probabilities.entrySet()) {
            highest = highest == null || entry.getValue() > highest.getValue() ? entry : highest;
        }
        if (highest == null) {
            throw new IllegalArgumentException("probabilities: no classes");
        }
        return highest;
    }
}
