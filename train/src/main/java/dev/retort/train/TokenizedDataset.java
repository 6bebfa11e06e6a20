package dev.retort.train;

import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.train.dataset.Dataset;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A data set whose texts are ids, cut at a length. Ids are kept once they were asked for, unless the rows are very many. Safe for use by
 * several threads.
 */
final class TokenizedDataset {

    private static final int MOST_ROWS_KEPT = 2_000_000; // some 200 bytes each

    private final Dataset dataset;
    private final Tokenizer tokenizer;
    private final boolean lowerCase;
    private final int maxLength;
    private final AtomicReferenceArray<int[]> kept;

    /** @param maxLength the most tokens of a text, [CLS] and [SEP] included */
    TokenizedDataset(Dataset dataset, Tokenizer tokenizer, boolean lowerCase, int maxLength) {
        this.dataset = dataset;
        this.tokenizer = tokenizer;
        this.lowerCase = lowerCase;
        this.maxLength = maxLength;
        this.kept = new AtomicReferenceArray<>(dataset.size() <= MOST_ROWS_KEPT ? dataset.size() : 0);
    }

    Dataset dataset() {
        return dataset;
    }

    int size() {
        return dataset.size();
    }

    /** The ids of a row's text; not to be changed. */
    int[] ids(int row) {
        int[] ids = row < kept.length() ? kept.get(row) : null;
        if (ids == null) {
            String text = dataset.get(row).text();
            String asRead = lowerCase ? text.toLowerCase(Locale.ROOT) : text;
            ids = tokenizer.encode(asRead, maxLength, TruncationPolicy.TRUNCATE).inputIds(0);
            if (row < kept.length()) {
                kept.set(row, ids);
            }
        }
        return ids;
    }

    /** The number of ids of every row. */
    int[] lengths() {
        int[] lengths = new int[size()];
        for (int row = 0; row < lengths.length; row++) {
            lengths[row] = ids(row).length;
        }
        return lengths;
    }
}
