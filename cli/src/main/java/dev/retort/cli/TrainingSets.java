package dev.retort.cli;

import dev.retort.train.dataset.BundledDataset;
import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.DatasetFile;
import dev.retort.train.dataset.ReadOptions;
import dev.retort.train.dataset.RepeatedTexts;
import dev.retort.train.dataset.StratifiedSplit;
import dev.retort.train.dataset.TaskColumn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a run learns from and what its epochs are compared by.
 *
 * @param train to learn from
 * @param dev to choose by, or null
 * @param opened what is to be closed
 */
record TrainingSets(Dataset train, @Nullable Dataset dev, List<Dataset> opened) implements AutoCloseable {

    TrainingSets {
        opened = List.copyOf(opened);
    }

    /** @param warnings hears what is odd in the files */
    static TrainingSets read(TrainOptions options, Consumer<String> warnings) throws IOException {
        if (options.data().isEmpty()) {
            return new TrainingSets(BundledDataset.TRAIN.read(), BundledDataset.DEV.read(), List.of());
        }
        List<Dataset> opened = new ArrayList<>();
        try {
            ReadOptions given = ReadOptions.defaults().withTasks(options.tasks());
            if (options.format() != null) {
                given = given.withFormat(options.format());
            }
            if (options.textColumn() != null) {
                given = given.withTextColumn(options.textColumn());
            }
            Dataset all = read(options.data(), given, warnings, opened);
            Dataset train = all;
            Dataset dev = null;
            if (!options.dev().isEmpty()) {
                List<TaskColumn> renamed = options.tasks().stream()
                        .filter(task -> !task.task().equals(task.column())) // the others may be absent
                        .toList();
                dev = read(options.dev(), given.withTasks(renamed).withKnown(all.tasks()), warnings, opened);
            } else if (options.devFraction() > 0) {
                StratifiedSplit split = StratifiedSplit.of(all, options.devFraction(), options.seed());
                train = split.train();
                dev = split.heldOut();
            }
            RepeatedTexts.find(dev == null ? List.of(train) : List.of(train, dev), warnings);
            return new TrainingSets(train, dev, opened);
        } catch (IOException | RuntimeException | Error failure) {
            opened.forEach(Dataset::close);
            throw failure;
        }
    }

    private static Dataset read(List<Path> files, ReadOptions options, Consumer<String> warnings, List<Dataset> opened)
            throws IOException {
        List<Dataset> sets = new ArrayList<>();
        for (Path file : files) {
            Dataset set = DatasetFile.read(file, options, warnings);
            opened.add(set);
            sets.add(set);
        }
        return Dataset.concatenated(sets);
    }

    @Override
    public void close() {
        opened.forEach(Dataset::close);
    }
}
