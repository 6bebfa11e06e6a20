package dev.retort.train;

import dev.retort.train.dataset.Example;
import java.util.ArrayList;
import java.util.List;

/**
 * How well a model answers on labelled rows.
 *
 * @param tasks in the model's order
 * @param jointAccuracy the share of the rows with all labels that are right in every task; NaN without such rows
 * @param jointRows how many rows have all labels
 * @param rows how many rows there are
 */
public record Evaluation(List<TaskEvaluation> tasks, double jointAccuracy, int jointRows, int rows) {

    public Evaluation {
        tasks = List.copyOf(tasks);
    }

    /**
     * One task.
     *
     * @param task its name
     * @param labels of its classes
     * @param confusion rows by (true class, predicted class)
     * @param accuracy NaN without labelled rows
     * @param macroF1 the mean of the F1 of all classes, each 0 where it is 0/0, as scikit-learn's with all {@code labels} and {@code
     *     zero_division=0}; NaN without labelled rows
     * @param loss mean cross-entropy over the labelled rows, NaN without any
     */
    public record TaskEvaluation(
            String task,
            List<String> labels,
            List<List<Integer>> confusion,
            double accuracy,
            double macroF1,
            double loss) {

        public TaskEvaluation {
            labels = List.copyOf(labels);
            confusion = confusion.stream().map(List::copyOf).toList();
        }

        /** How many rows have a label. */
        public int rows() {
            return confusion.stream()
                    .flatMap(List::stream)
                    .mapToInt(Integer::intValue)
                    .sum();
        }
    }

    /** On no rows. */
    static Evaluation none() {
        return new Evaluation(List.of(), Double.NaN, 0, 0);
    }

    /** The mean of the tasks' accuracies, over those with labelled rows: what the best epoch is chosen by. */
    public double score() {
        return tasks.stream()
                .filter(task -> task.rows() > 0)
                .mapToDouble(TaskEvaluation::accuracy)
                .average()
                .orElse(Double.NaN);
    }

    /** The mean of the tasks' losses, over those with labelled rows: what decides between equal scores. */
    public double meanLoss() {
        return tasks.stream()
                .filter(task -> task.rows() > 0)
                .mapToDouble(TaskEvaluation::loss)
                .average()
                .orElse(Double.NaN);
    }

    /**
     * Compares answers with labels.
     *
     * @param names of the tasks
     * @param labels of their classes
     * @param truth by task and row: a class, or {@link Example#MISSING}
     * @param predicted by task and row
     * @param losses mean cross-entropy by task
     */
    public static Evaluation of(
            List<String> names, List<List<String>> labels, int[][] truth, int[][] predicted, double[] losses) {
        List<TaskEvaluation> tasks = new ArrayList<>();
        for (int task = 0; task < names.size(); task++) {
            tasks.add(taskOf(names.get(task), labels.get(task), truth[task], predicted[task], losses[task]));
        }
        int rows = truth.length == 0 ? 0 : truth[0].length;
        int complete = 0;
        int right = 0;
        for (int row = 0; row < rows; row++) {
            boolean labelled = true;
            boolean all = true;
            for (int task = 0; task < truth.length; task++) {
                labelled &= truth[task][row] != Example.MISSING;
                all &= truth[task][row] == predicted[task][row];
            }
            complete += labelled ? 1 : 0;
            right += labelled && all ? 1 : 0;
        }
        return new Evaluation(tasks, complete == 0 ? Double.NaN : (double) right / complete, complete, rows);
    }

    private static TaskEvaluation taskOf(String name, List<String> labels, int[] truth, int[] predicted, double loss) {
        int classes = labels.size();
        int[][] confusion = new int[classes][classes];
        int rows = 0;
        int right = 0;
        for (int row = 0; row < truth.length; row++) {
            if (truth[row] != Example.MISSING) {
                confusion[truth[row]][predicted[row]]++;
                rows++;
                right += truth[row] == predicted[row] ? 1 : 0;
            }
        }
        double f1 = 0;
        for (int c = 0; c < classes; c++) {
            int ofClass = 0; // true positives twice, false positives and false negatives once
            for (int other = 0; other < classes; other++) {
                ofClass += confusion[c][other] + confusion[other][c];
            }
            f1 += ofClass == 0 ? 0 : 2.0 * confusion[c][c] / ofClass;
        }
        List<List<Integer>> matrix = new ArrayList<>();
        for (int[] line : confusion) {
            List<Integer> counts = new ArrayList<>();
            for (int count : line) {
                counts.add(count);
            }
            matrix.add(counts);
        }
        double accuracy = rows == 0 ? Double.NaN : (double) right / rows;
        return new TaskEvaluation(name, labels, matrix, accuracy, rows == 0 ? Double.NaN : f1 / classes, loss);
    }
}
