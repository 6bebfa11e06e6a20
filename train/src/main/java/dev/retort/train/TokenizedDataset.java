package dev.retort.train;

import dev.retort.core.PackedTokens;
import dev.retort.inference.ModelTokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.train.dataset.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A data set whose texts are ids, as the model will read them when it is asked: after its default prompt, if it has one, and cut at a
 * length. Ids are kept once they were asked for, unless the rows are very many. Safe for use by several threads.
 */
final class TokenizedDataset {

    private static final int MOST_ROWS_KEPT = 2_000_000; // some 200 bytes each

    private final Dataset dataset;
    private final ModelTokenizer tokenizer;
    private final String prompt;
    private final int unpooled;
    private final int maxTokens;
    private final AtomicReferenceArray<int[]> kept;

    /** @param maxTokens the most tokens of a text, [CLS] and [SEP] included */
    TokenizedDataset(Dataset dataset, ModelTokenizer tokenizer, int maxTokens) {
        this.dataset = dataset;
        this.tokenizer = tokenizer;
        this.prompt = tokenizer.defaultPrompt();
        this.unpooled = tokenizer.unpooled(prompt, maxTokens);
        this.maxTokens = maxTokens;
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
            List<String> text = List.of(dataset.get(row).text());
            ids = tokenizer
                    .encode(prompt, text, 0, 1, maxTokens, TruncationPolicy.TRUNCATE)
                    .get(0)
                    .inputIds(0);
            if (row < kept.length()) {
                kept.set(row, ids);
            }
        }
        return ids;
    }

    /** How many tokens at the start of each text pooling leaves out: those of a prompt that the model does not pool. */
    int unpooled() {
        return unpooled;
    }

    /** The texts of some rows, one at least, as a batch. */
    PackedTokens tokens(int... rows) {
        List<int[]> ids = new ArrayList<>(rows.length);
        for (int row : rows) {
            ids.add(ids(row));
        }
        return PackedTokens.of(ids).leavingOutOfPooling(unpooled);
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
