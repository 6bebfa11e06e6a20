package dev.retort.text;

import java.util.List;

/**
 * The ids of one text: one chunk, or several under {@link TruncationPolicy#SPLIT_AVERAGE}. Each chunk stands between the two special
 * tokens ([CLS] and [SEP] in BERT). Immutable.
 */
public final class Encoding {

    private final List<int[]> chunks;
    private final int fullTokenCount;
    private final boolean truncated;

    Encoding(List<int[]> chunks, int fullTokenCount, boolean truncated) {
        this.chunks = List.copyOf(chunks);
        this.fullTokenCount = fullTokenCount;
        this.truncated = truncated;
    }

    /** At least 1; more than 1 only for a text that was split. */
    public int chunkCount() {
        return chunks.size();
    }

    /** A copy of the ids of chunk {@code chunk}, special tokens included. */
    public int[] inputIds(int chunk) {
        return chunks.get(chunk).clone();
    }

    /** The tokens of chunk {@code chunk}, special ones included. */
    public int tokenCount(int chunk) {
        return chunks.get(chunk).length;
    }

    /** The tokens of all chunks together, special ones included: what the model will see. */
    public int tokenCount() {
        int count = 0;
        for (int[] ids : chunks) {
            count += ids.length;
        }
        return count;
    }

    /** The tokens of the whole text in one piece, the two special ones included, whatever was dropped or split. */
    public int fullTokenCount() {
        return fullTokenCount;
    }

    /** Whether the end of the text was dropped. */
    public boolean truncated() {
        return truncated;
    }
}
