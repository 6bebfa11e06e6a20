package dev.retort.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The texts of a batch divided among threads, so that each has about as many tokens. A function of the lengths alone. */
final class Shares {

    /** Below so many tokens a share's gradients, as large as the model and written and added up for each, outweigh what is computed. */
    private static final int FEWEST_TOKENS = 256;

    /** With fewer texts a batch's lengths are rarely even, and the memory of a second set of gradients would be held for the few that are. */
    private static final int FEWEST_TEXTS_A_SHARE = 2;

    /** By so much kernels are slower that divide each product among threads, and what is no kernel waits for one thread. */
    private static final double COST_OF_DIVIDED_PRODUCTS = 1.15;

    private Shares() {}

    /**
     * Whether a batch's texts are to be divided, rather than each of its products: not few tokens, nor a text a thread, nor a long one
     * beside short ones, whose threads would wait for each other. A function of the lengths alone.
     *
     * @param shares that {@link #of} gives
     */
    static boolean areEven(List<int[]> shares, int[] lengths) {
        return lengths.length >= FEWEST_TEXTS_A_SHARE * shares.size()
                && Arrays.stream(lengths).sum() >= FEWEST_TOKENS
                && haveLikeTokens(shares, lengths);
    }

    /**
     * Whether texts without gradients are to be divided: the threads would not wait for each other for longer than divided products cost.
     * A function of the lengths alone.
     *
     * @param shares that {@link #of} gives
     */
    static boolean haveLikeTokens(List<int[]> shares, int[] lengths) {
        int total = Arrays.stream(lengths).sum();
        int most = shares.stream()
                .mapToInt(share -> Arrays.stream(pick(lengths, share)).sum())
                .max()
                .orElse(0);
        return most * shares.size() <= COST_OF_DIVIDED_PRODUCTS * total;
    }

    /**
     * Gives the longest text that is left to whoever has the fewest tokens; within a share texts keep their order.
     *
     * @param lengths in tokens
     * @return for each of {@code count} shares the places of its texts; some have none if there are fewer texts
     */
    static List<int[]> of(int[] lengths, int count) {
        int[] longestFirst = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer place) -> -lengths[place]))
                .mapToInt(Integer::intValue)
                .toArray();
        long[] tokens = new long[count];
        List<List<Integer>> shares = new ArrayList<>();
        for (int share = 0; share < count; share++) {
            shares.add(new ArrayList<>());
        }
        for (int place : longestFirst) {
            int least = 0;
            for (int share = 1; share < count; share++) {
                least = tokens[share] < tokens[least] ? share : least;
            }
            tokens[least] += lengths[place];
            shares.get(least).add(place);
        }
        return shares.stream()
                .map(share ->
                        share.stream().mapToInt(Integer::intValue).sorted().toArray())
                .toList();
    }

    /** Elements at some places. */
    static int[] pick(int[] all, int[] places) {
        return Arrays.stream(places).map(place -> all[place]).toArray();
    }
}
