package dev.retort.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much goes into one batch: a number of tokens, not of texts, because packed batches cost what their tokens cost.
 *
 * @param tokens at most this many in a batch of more than one text
 * @param texts at most this many in a batch
 */
public record TokenBudget(int tokens, int texts) {

    public TokenBudget {
        if (tokens < 1 || texts < 1) {
            throw new IllegalArgumentException(
                    "budget: expected at least 1 token and 1 text, got tokens=" + tokens + " texts=" + texts);
        }
    }

    /** A budget that does not limit the number of texts. */
    public static TokenBudget ofTokens(int tokens) {
        return new TokenBudget(tokens, Integer.MAX_VALUE);
    }

    /**
     * Puts sequences of similar length together, the longest first: the first batch needs the most memory, so a budget that is too
     * large fails at once and not after an hour.
     *
     * @param lengths the tokens of each sequence
     * @return the batches, each the places of its sequences in {@code lengths}; every place is in exactly one. A sequence longer than
     *     the budget has a batch of its own. Equal lengths keep their order, and the same lengths always give the same batches
     */
    public List<int[]> batches(int... lengths) {
        int[] longestFirst = longestFirst(lengths);
        List<int[]> batches = new ArrayList<>();
        int start = 0;
        while (start < longestFirst.length) {
            int end = start + 1;
            long used = lengths[longestFirst[start]];
            while (end < longestFirst.length && end - start < texts && used + lengths[longestFirst[end]] <= tokens) {
                used += lengths[longestFirst[end++]];
            }
            batches.add(Arrays.copyOfRange(longestFirst, start, end));
            start = end;
        }
        return batches;
    }

    /** Places by length, equal ones in their order: the length's complement and the place, sorted as one number. */
    private static int[] longestFirst(int[] lengths) {
        long[] keys = new long[lengths.length];
        for (int place = 0; place < keys.length; place++) {
            keys[place] = (long) (Integer.MAX_VALUE - lengths[place]) << Integer.SIZE | place;
        }
        Arrays.sort(keys);
        int[] places = new int[keys.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = (int) keys[i];
        }
        return places;
    }
}
