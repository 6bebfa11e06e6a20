package dev.retort.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where each text of a packed batch lies: text b owns the rows {@code offset(b)} to {@code offset(b + 1)} of every (N, ...) tensor.
 *
 * <p>Each row also knows its position in its text, and each text the rows that pooling sees (all of them, unless a prompt is left
 * out). A text has at least one row. Immutable.
 */
public final class SequenceLayout {

    private final int[] offsets; // (B + 1)
    private final int[] positionIds; // (N)
    private final int[] poolingStarts; // (B), row where pooling starts; it ends where the text does
    private final List<Run> runs;

    /**
     * Adjacent texts of one length: their attention is one batched product over adjacent rows.
     *
     * @param firstSequence the first text's number
     * @param count n, how many texts
     * @param firstRow the first text's first row
     * @param length L, tokens in each of these texts
     */
    public record Run(int firstSequence, int count, int firstRow, int length) {

        /** The row after the last one, firstRow + n L. */
        public int endRow() {
            return firstRow + count * length;
        }
    }

    private SequenceLayout(int[] offsets, int[] positionIds, int[] poolingStarts) {
        this.offsets = offsets;
        this.positionIds = positionIds;
        this.poolingStarts = poolingStarts;
        this.runs = runsOf(offsets);
    }

    /**
     * Texts laid end to end, positions counted from zero in each.
     *
     * @param lengths tokens of each text, each at least one
     * @throws IllegalArgumentException if there is no text, or if one is empty, with its number
     */
    public static SequenceLayout ofLengths(int... lengths) {
        int[] offsets = offsetsOf(lengths);
        int[] positionIds = new int[offsets[lengths.length]];
        for (int b = 0; b < lengths.length; b++) {
            for (int t = 0; t < lengths[b]; t++) {
                positionIds[offsets[b] + t] = t;
            }
        }
        return new SequenceLayout(offsets, positionIds, Arrays.copyOf(offsets, lengths.length));
    }

    /**
     * Texts laid end to end, with the position of each token given: what remains of a padded batch when masked tokens are dropped.
     *
     * @param lengths tokens of each text, each at least one
     * @param positionIds (N)
     */
    public static SequenceLayout ofLengths(int[] lengths, int[] positionIds) {
        int[] offsets = offsetsOf(lengths);
        if (positionIds.length != offsets[lengths.length]) {
            throw new IllegalArgumentException(
                    "positionIds: expected " + offsets[lengths.length] + " entries, got " + positionIds.length);
        }
        return new SequenceLayout(offsets, positionIds.clone(), Arrays.copyOf(offsets, lengths.length));
    }

    /**
     * The same layout with the first tokens of each text left out of pooling. They are still attended to.
     *
     * @param excluded tokens to leave out, per text; at least one token of each text must remain
     */
    public SequenceLayout excludingFromPooling(int... excluded) {
        if (excluded.length != batchSize()) {
            throw new IllegalArgumentException(
                    "excluded: expected " + batchSize() + " entries, got " + excluded.length);
        }
        int[] starts = new int[batchSize()];
        for (int b = 0; b < starts.length; b++) {
            if (excluded[b] < 0 || excluded[b] >= length(b)) {
                throw new IllegalArgumentException(
                        "excluded: text " + b + " has " + length(b) + " tokens, cannot leave out " + excluded[b]);
            }
            starts[b] = offsets[b] + excluded[b];
        }
        return new SequenceLayout(offsets, positionIds, starts);
    }

    /** B. */
    public int batchSize() {
        return offsets.length - 1;
    }

    /** N. */
    public int tokenCount() {
        return offsets[offsets.length - 1];
    }

    /** The first row of text {@code b}; {@code offset(B)} is N. */
    public int offset(int b) {
        return offsets[b];
    }

    /** The number of rows of text {@code b}. */
    public int length(int b) {
        return offsets[b + 1] - offsets[b];
    }

    /** The number of rows of the longest text. */
    public int longest() {
        return runs.stream().mapToInt(Run::length).max().orElseThrow();
    }

    /** The position, in its text, of the token in row {@code row}. */
    public int positionId(int row) {
        return positionIds[row];
    }

    /** A copy of the position of each row, (N). */
    public int[] positionIds() {
        return positionIds.clone();
    }

    /** The first row of text {@code b} that pooling sees; the last is {@code offset(b + 1) - 1}. */
    public int poolingStart(int b) {
        return poolingStarts[b];
    }

    /** The runs of equal length, in order; together they cover every row once. A batch sorted by length has the fewest. */
    public List<Run> runs() {
        return runs;
    }

    private static int[] offsetsOf(int[] lengths) {
        if (lengths.length == 0) {
            throw new IllegalArgumentException("lengths: a batch needs at least one text");
        }
        int[] offsets = new int[lengths.length + 1];
        for (int b = 0; b < lengths.length; b++) {
            if (lengths[b] < 1) {
                throw new IllegalArgumentException("text " + b + ": no token is kept");
            }
            offsets[b + 1] = Math.addExact(offsets[b], lengths[b]);
        }
        return offsets;
    }

    private static List<Run> runsOf(int[] offsets) {
        List<Run> runs = new ArrayList<>();
        int first = 0;
        for (int b = 1; b < offsets.length; b++) {
            int length = offsets[b] - offsets[b - 1];
            boolean lastOfRun = b + 1 == offsets.length || offsets[b + 1] - offsets[b] != length;
            if (lastOfRun) {
                runs.add(new Run(first, b - first, offsets[first], length));
                first = b;
            }
        }
        return List.copyOf(runs);
    }
}
