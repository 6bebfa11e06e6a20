package dev.retort.core;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A batch without padding: the kept tokens of B texts laid end to end.
 *
 * <p>A Hugging Face batch of ids and mask is packed by dropping masked tokens and keeping the others' positions; the rows computed from
 * it are exactly the unmasked rows of the padded computation.
 */
public final class PackedTokens {

    private final int[] tokenIds; // (N)
    private final SequenceLayout layout;

    private PackedTokens(int[] tokenIds, SequenceLayout layout) {
        this.tokenIds = tokenIds;
        this.layout = layout;
    }

    /**
     * @param tokenIds (N)
     * @param layout of N tokens
     */
    public static PackedTokens of(int[] tokenIds, SequenceLayout layout) {
        if (tokenIds.length != layout.tokenCount()) {
            throw new IllegalArgumentException(
                    "tokenIds: expected " + layout.tokenCount() + " entries, got " + tokenIds.length);
        }
        return new PackedTokens(tokenIds.clone(), layout);
    }

    /**
     * Texts whose tokens are all kept.
     *
     * @param inputIds the ids of each text, each at least one
     */
    public static PackedTokens of(List<int[]> inputIds) {
        SequenceLayout layout = SequenceLayout.ofLengths(
                inputIds.stream().mapToInt(ids -> ids.length).toArray());
        int[] tokenIds = new int[layout.tokenCount()];
        for (int b = 0; b < inputIds.size(); b++) {
            System.arraycopy(inputIds.get(b), 0, tokenIds, layout.offset(b), layout.length(b));
        }
        return new PackedTokens(tokenIds, layout);
    }

    /**
     * A padded batch as Hugging Face has it.
     *
     * @param inputIds (B, T)
     * @param attentionMask (B, T), 1 = keep, 0 = leave out
     * @throws IllegalArgumentException if the shapes differ, a mask entry is neither 0 nor 1, or a text keeps no token
     */
    public static PackedTokens ofPadded(int[][] inputIds, int[][] attentionMask) {
        if (inputIds.length != attentionMask.length) {
            throw new IllegalArgumentException(
                    "attentionMask: expected " + inputIds.length + " rows, got " + attentionMask.length);
        }
        int[] lengths = new int[inputIds.length];
        for (int b = 0; b < inputIds.length; b++) {
            if (inputIds[b].length != attentionMask[b].length) {
                throw new IllegalArgumentException("attentionMask: text " + b + ": expected " + inputIds[b].length
                        + " entries, got " + attentionMask[b].length);
            }
            for (int keep : attentionMask[b]) {
                if (keep != 0 && keep != 1) {
                    throw new IllegalArgumentException("attentionMask: text " + b + ": expected 0 or 1, got " + keep);
                }
                lengths[b] += keep;
            }
        }
        int[] positionIds = new int[Arrays.stream(lengths).sum()];
        int[] tokenIds = new int[positionIds.length];
        int row = 0;
        for (int b = 0; b < inputIds.length; b++) {
            for (int t = 0; t < inputIds[b].length; t++) {
                if (attentionMask[b][t] == 1) {
                    tokenIds[row] = inputIds[b][t];
                    positionIds[row++] = t;
                }
            }
        }
        return new PackedTokens(tokenIds, SequenceLayout.ofLengths(lengths, positionIds));
    }

    /** The same tokens under another layout, for example one that leaves a prompt out of pooling. */
    public PackedTokens withLayout(SequenceLayout other) {
        return of(tokenIds, other);
    }

    /**
     * The same tokens, of which pooling leaves out the first of each text, as those of a prompt. They are still attended to, and the last
     * token of a text is always pooled.
     *
     * @param first how many tokens of each text, from its start
     */
    public PackedTokens leavingOutOfPooling(int first) {
        if (first == 0) {
            return this;
        }
        int[] excluded = new int[layout.batchSize()];
        for (int b = 0; b < excluded.length; b++) {
            excluded[b] = Math.min(first, layout.length(b) - 1);
        }
        return new PackedTokens(tokenIds, layout.excludingFromPooling(excluded));
    }

    /** A copy of the ids, (N). */
    public int[] tokenIds() {
        return tokenIds.clone();
    }

    /** The id in row {@code row}. */
    public int tokenId(int row) {
        return tokenIds[row];
    }

    /** Where each text lies. */
    public SequenceLayout layout() {
        return layout;
    }

    /**
     * Checks every id, because a native gather does not.
     *
     * @throws IllegalArgumentException with text, place and id of the first one outside 0..vocabularySize-1
     */
    public PackedTokens requireIdsBelow(int vocabularySize) {
        for (int b = 0; b < layout.batchSize(); b++) {
            for (int row = layout.offset(b); row < layout.offset(b + 1); row++) {
                if (tokenIds[row] < 0 || tokenIds[row] >= vocabularySize) {
                    throw new IllegalArgumentException("text " + b + ": token " + (row - layout.offset(b)) + " has id "
                            + tokenIds[row] + ", outside the vocabulary of " + vocabularySize);
                }
            }
        }
        return this;
    }

    /**
     * Rows back into a padded batch; masked places are zero.
     *
     * @param rows (N, H)
     * @param sequenceLength T, greater than every position
     * @return a copy, (B, T, H)
     */
    public INDArray unpack(INDArray rows, int sequenceLength) {
        Shape.require("rows", rows, layout.tokenCount(), Shape.ANY);
        INDArray padded =
                Nd4j.zeros(rows.dataType(), (long) layout.batchSize() * sequenceLength, rows.size(1)); // (B T, H)
        for (int b = 0; b < layout.batchSize(); b++) {
            for (int row = layout.offset(b); row < layout.offset(b + 1); row++) {
                int position = layout.positionId(row);
                if (position >= sequenceLength) {
                    throw new IllegalArgumentException("sequenceLength: text " + b + " has position " + position
                            + ", expected more than that, got " + sequenceLength);
                }
                long place = (long) b * sequenceLength + position;
                Tensors.viewRows(padded, place, place + 1).assign(Tensors.viewRows(rows, row, row + 1));
            }
        }
        return padded.reshape('c', layout.batchSize(), sequenceLength, rows.size(1));
    }
}
