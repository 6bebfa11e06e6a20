package dev.retort.benchmarks.training;

import dev.retort.benchmarks.model.TokenCounter;
import dev.retort.train.dataset.BatchPlan;
import dev.retort.train.dataset.BundledDataset;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.DatasetFile;
import dev.retort.train.dataset.ReadOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The first rows of a file of labelled texts in batches of one size, as a run of ours goes through them: shuffled anew in each epoch, or of
 * like length.
 *
 * @param batchSize rows; the file has as many rows as so many batches need, or more
 * @param batches of an epoch
 * @param sorted whether the texts of an epoch are sorted by length before they are divided
 */
public record TrainingSet(Path file, int batchSize, int batches, boolean sorted) {

    static final int MAX_TOKENS = 256;
    static final long SEED = 42;

    /** The rows. */
    Dataset read() throws IOException {
        ReadOptions options = ReadOptions.defaults().withKnown(List.of(BundledDataset.TOPIC, BundledDataset.SENTIMENT));
        Dataset all = DatasetFile.read(file, options, warning -> {});
        int rows = Math.min(all.size(), batchSize * batches);
        if (rows <= batchSize * (batches - 1)) {
            throw new IOException(
                    file + ": has " + all.size() + " rows, too few for " + batches + " batches of " + batchSize);
        }
        int[] first = new int[rows];
        Arrays.setAll(first, row -> row);
        return all.part(first);
    }

    /** Ids of each row's text. */
    static List<int[]> ids(Dataset dataset, TokenCounter tokenizer) {
        List<int[]> ids = new ArrayList<>();
        for (int row = 0; row < dataset.size(); row++) {
            ids.add(tokenizer.ids(dataset.get(row).text(), MAX_TOKENS));
        }
        return ids;
    }

    /** The batches of an epoch, in the order in which the trainer takes them. */
    List<int[]> epoch(List<int[]> ids, long epoch) {
        int[] lengths = ids.stream().mapToInt(text -> text.length).toArray();
        BatchPlan plan = sorted
                ? BatchPlan.groupedByLength(lengths, batchSize, batches, SEED, epoch)
                : BatchPlan.shuffled(lengths.length, batchSize, SEED, epoch);
        List<int[]> all = new ArrayList<>();
        for (int batch = 0; batch < plan.batchCount(); batch++) {
            all.add(plan.batch(batch));
        }
        return all;
    }
}
