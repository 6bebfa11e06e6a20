package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What counting words achieves: multinomial naive Bayes, add-one smoothing, over lower-cased words (Manning, Raghavan and Schütze 2008, fig.
 * 13.2). A word that no training text has is passed over.
 *
 * <pre>  argmax_c  log P(c) + Σ_w log (n(w, c) + 1) / (n(c) + V)</pre>
 */
final class NaiveBayes {

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");

    private final Map<String, int[]> wordCounts = new HashMap<>();
    private final int[] classWords; // n(c)
    private final int[] classRows;

    NaiveBayes(Dataset train, int task) {
        int classCount = train.tasks().get(task).classCount();
        classWords = new int[classCount];
        classRows = new int[classCount];
        for (int row = 0; row < train.size(); row++) {
            int label = train.label(row, task);
            if (label == Example.MISSING) {
                continue;
            }
            classRows[label]++;
            for (String word : words(train.get(row).text())) {
                wordCounts.computeIfAbsent(word, key -> new int[classCount])[label]++;
                classWords[label]++;
            }
        }
    }

    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        WORD.matcher(text.toLowerCase(Locale.ROOT)).results().forEach(match -> words.add(match.group()));
        return words;
    }

    private int label(String text) {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classRows.length; c++) {
            double score = Math.log(classRows[c]); // the number of rows is common to all
            for (String word : words(text)) {
                int[] counts = wordCounts.get(word);
                if (counts != null) {
                    score += Math.log((counts[c] + 1.0) / (classWords[c] + wordCounts.size()));
                }
            }
            if (score > most) {
                most = score;
                best = c;
            }
        }
        return best;
    }

    double accuracy(Dataset dataset, int task) {
        int right = 0;
        int labelled = 0;
        for (int row = 0; row < dataset.size(); row++) {
            int label = dataset.label(row, task);
            if (label != Example.MISSING) {
                labelled++;
                right += label(dataset.get(row).text()) == label ? 1 : 0;
            }
        }
        return right / (double) labelled;
    }
}
