package dev.retort.train.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set in two parts that have each combination of labels in the same proportion, as far as whole rows allow. Both keep the order of the
 * whole.
 *
 * @param train the larger part, as a rule
 * @param heldOut the other
 */
public record StratifiedSplit(Dataset train, Dataset heldOut) {

    private record Stratum(int[] rows, int heldOut, double remainder) {}

    /**
     * Splits by combination: each gives ⌊n f⌋ of its n rows, and those with the largest remainders one more until round(N f) rows are held
     * out. Which ones is a function of the seed and the data.
     *
     * @param fraction f of the rows that are held out, in (0, 1)
     * @throws IllegalArgumentException if one part would be empty
     */
    public static StratifiedSplit of(Dataset dataset, double fraction, long seed) {
        int wanted = (int) Math.round(dataset.size() * fraction);
        if (!(fraction > 0 && fraction < 1) || wanted == 0 || wanted == dataset.size()) {
            throw new IllegalArgumentException("fraction: expected one in (0, 1) that leaves rows on both sides, got "
                    + fraction + " of " + dataset.size() + " rows: " + dataset.name());
        }
        List<Stratum> strata = new ArrayList<>();
        for (List<Integer> rows : byLabels(dataset).values()) {
            double share = rows.size() * fraction;
            strata.add(
                    new Stratum(rows.stream().mapToInt(Integer::intValue).toArray(), (int) share, share - (int) share));
        }
        int missing = wanted - strata.stream().mapToInt(Stratum::heldOut).sum();
        List<Stratum> byRemainder = strata.stream()
                .sorted(Comparator.comparingDouble(Stratum::remainder).reversed()) // stable
                .toList();
        List<Stratum> rounded = byRemainder.subList(0, missing);
        boolean[] held = new boolean[dataset.size()];
        for (int s = 0; s < strata.size(); s++) {
            Stratum stratum = strata.get(s);
            int[] order = RowOrder.shuffled(stratum.rows().length, seed, s, RowOrder.Site.SPLIT);
            int count = stratum.heldOut() + (rounded.contains(stratum) ? 1 : 0);
            for (int i = 0; i < count; i++) {
                held[stratum.rows()[order[i]]] = true;
            }
        }
        return new StratifiedSplit(
                dataset.part(rowsWhere(held, false, dataset.size() - wanted)),
                dataset.part(rowsWhere(held, true, wanted)));
    }

    private static Map<int[], List<Integer>> byLabels(Dataset dataset) {
        Map<int[], List<Integer>> byLabels = new TreeMap<>(Arrays::compare);
        for (int row = 0; row < dataset.size(); row++) {
            int[] labels = new int[dataset.tasks().size()];
            for (int t = 0; t < labels.length; t++) {
                labels[t] = dataset.label(row, t);
            }
            byLabels.computeIfAbsent(labels, key -> new ArrayList<>()).add(row);
        }
        return byLabels;
    }

    private static int[] rowsWhere(boolean[] held, boolean value, int count) {
        int[] rows = new int[count];
        int next = 0;
        for (int row = 0; row < held.length; row++) {
            if (held[row] == value) {
                rows[next++] = row;
            }
        }
        return rows;
    }
}
