package dev.retort.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The word pieces of one text, without special tokens.
 *
 * @param ids (n)
 * @param wordIds (n), equal for the pieces of one word
 */
@SuppressWarnings("ArrayRecordComponent") // stays in the package; neither compared nor changed
record WordPieces(int[] ids, long[] wordIds) {

    int count() {
        return ids.length;
    }

    /** The first {@code count} ids. */
    int[] first(int count) {
        return Arrays.copyOf(ids, count);
    }

    /**
     * Cuts into as few parts as the limit allows (more where words do not fit), of nearly equal length rather than full ones and a
     * rest: the vector of a rest of three words would be a poor one, and it enters the average.
     *
     * @param start the first piece of the first part
     * @param limit the most pieces in a part
     * @return the ids of each part; cut between words unless a word is longer than the limit
     */
    List<int[]> split(int start, int limit) {
        List<int[]> parts = new ArrayList<>();
        for (int from = start; from < ids.length; ) {
            int rest = ids.length - from;
            int partCount = (rest + limit - 1) / limit;
            int target = from + (rest + partCount - 1) / partCount;
            int to = partCount == 1 ? ids.length : nearestWordStart(from, target, from + limit);
            parts.add(Arrays.copyOfRange(ids, from, to));
            from = to;
        }
        return parts;
    }

    /** The start of a word after {@code from} and up to {@code last}, the one nearest to {@code target}; else {@code target}. */
    private int nearestWordStart(int from, int target, int last) {
        for (int distance = 0; target - distance > from || target + distance <= last; distance++) {
            if (target - distance > from && isWordStart(target - distance)) {
                return target - distance;
            }
            if (target + distance <= last && isWordStart(target + distance)) {
                return target + distance;
            }
        }
        return target;
    }

    private boolean isWordStart(int piece) {
        return wordIds[piece] != wordIds[piece - 1];
    }
}
