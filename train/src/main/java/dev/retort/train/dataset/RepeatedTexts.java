package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Texts that occur more than once: in two splits they make a figure too good, with two labels they teach nothing. Compared letter by letter,
 * blanks around them aside. Texts are read once, and those that recur twice; 8 bytes a row are held.
 */
public final class RepeatedTexts {

    private static final int MOST_PLACES = 20;

    /** Where a text was met first. */
    private record First(int dataset, Example example) {}

    private RepeatedTexts() {}

    /**
     * Looks through data sets that are meant to be disjoint, the training set first.
     *
     * @param warnings hears of each text that occurs in two of them and of each that has two labels of a task, up to twenty each, and of how
     *     many rows a set repeats
     * @return number of rows in a later set whose text an earlier set has
     */
    public static int find(List<Dataset> datasets, Consumer<String> warnings) {
        long[][] digests = new long[datasets.size()][];
        for (int d = 0; d < digests.length; d++) {
            Dataset dataset = datasets.get(d);
            digests[d] = new long[dataset.size()];
            for (int row = 0; row < digests[d].length; row++) {
                digests[d][row] = Fingerprint.of(dataset.get(row).text().strip());
            }
        }
        long[] recurring = recurring(digests);
        Map<String, First> firsts = new HashMap<>();
        List<String> shared = new ArrayList<>();
        List<String> contradictions = new ArrayList<>();
        for (int d = 0; d < digests.length; d++) {
            int repeats = 0;
            String firstRepeat = "";
            for (int row = 0; row < digests[d].length; row++) {
                if (Arrays.binarySearch(recurring, digests[d][row]) < 0) {
                    continue;
                }
                Example example = datasets.get(d).get(row);
                First first = firsts.putIfAbsent(example.text().strip(), new First(d, example));
                if (first == null) {
                    continue;
                }
                if (first.dataset() < d) {
                    shared.add(example.place() + ": the same text as "
                            + first.example().place() + ": a figure on it says little: " + shown(example));
                } else if (repeats++ == 0) {
                    firstRepeat = example.place() + ": the same text as "
                            + first.example().place();
                }
                contradiction(datasets, d, example, first, contradictions);
            }
            if (repeats > 0) {
                warnings.accept(firstRepeat + (repeats == 1 ? "" : ": one of " + repeats + " such rows"));
            }
        }
        report(shared, warnings);
        report(contradictions, warnings);
        return shared.size();
    }

    private static long[] recurring(long[][] digests) {
        long[] all =
                Arrays.stream(digests).flatMapToLong(Arrays::stream).sorted().toArray();
        int count = 0;
        for (int i = 1; i < all.length; i++) {
            if (all[i] == all[i - 1] && (count == 0 || all[count - 1] != all[i])) {
                all[count++] = all[i]; // count < i: what is overwritten has been read
            }
        }
        return Arrays.copyOf(all, count);
    }

    private static void contradiction(
            List<Dataset> datasets, int dataset, Example example, First first, List<String> contradictions) {
        List<TaskLabels> tasks = datasets.get(dataset).tasks();
        List<TaskLabels> firstTasks = datasets.get(first.dataset()).tasks();
        for (int t = 0; t < tasks.size(); t++) {
            for (int f = 0; f < firstTasks.size(); f++) {
                int label = example.labels()[t];
                int firstLabel = first.example().labels()[f];
                if (!tasks.get(t).task().equals(firstTasks.get(f).task())
                        || label == Example.MISSING
                        || firstLabel == Example.MISSING) {
                    continue;
                }
                String here = tasks.get(t).names().get(label);
                String there = firstTasks.get(f).names().get(firstLabel);
                if (!here.equals(there)) {
                    contradictions.add(example.place() + ": the same text as "
                            + first.example().place() + ", another "
                            + tasks.get(t).task() + ": " + here + ", " + there
                            + ": " + shown(example));
                }
            }
        }
    }

    private static String shown(Example example) {
        String text = example.text().strip();
        return text.length() <= 60 ? text : text.substring(0, text.offsetByCodePoints(0, 30)) + " ...";
    }

    private static void report(List<String> found, Consumer<String> warnings) {
        found.stream().limit(MOST_PLACES).forEach(warnings);
        if (found.size() > MOST_PLACES) {
            warnings.accept(found.get(MOST_PLACES) + ": and " + (found.size() - MOST_PLACES - 1) + " more such rows");
        }
    }
}
