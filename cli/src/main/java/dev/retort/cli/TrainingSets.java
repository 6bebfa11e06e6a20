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

    /**
     * Reads every row once.
     *
     * @param warnings hears what is odd in the files
     * @throws CommandFailedException if no dev set can be held out
     */
    static TrainingSets read(TrainOptions options, Consumer<String> warnings)
            throws IOException, CommandFailedException {
        if (options.data().isEmpty()) {
            return new TrainingSets(BundledDataset.TRAIN.read(), BundledDataset.DEV.read(), List.of());
        }
        List<Dataset> opened = new ArrayList<>();
        try {
            ReadOptions given = options.readOptions();
            Dataset all = read(options.data(), given, warnings, opened);
            Dataset train = all;
            Dataset dev = null;
            if (!options.dev().isEmpty()) {
                List<TaskColumn> renamed = options.tasks().stream()
                        .filter(task -> !task.task().equals(task.column())) // the others may be absent
                        .toList();
                dev = read(options.dev(), given.withTasks(renamed).withKnown(all.tasks()), warnings, opened);
            } else if (options.devFraction() > 0) {
                StratifiedSplit split = split(all, options);
                train = split.train();
                dev = split.heldOut();
            }
            RepeatedTexts.find(dev == null ? List.of(train) : List.of(train, dev), warnings);
            return new TrainingSets(train, dev, opened);
        } catch (IOException | CommandFailedException | RuntimeException | Error failure) {
            opened.forEach(Dataset::close);
            throw failure;
        }
    }

    private static StratifiedSplit split(Dataset all, TrainOptions options) throws CommandFailedException {
        int heldOut = (int) Math.round(all.size() * options.devFraction());
        if (heldOut == 0 || heldOut == all.size()) {
            throw new CommandFailedException(
                    all.name() + ": --dev-fraction " + options.devFraction() + " of " + all.size() + " rows is "
                            + heldOut + ": give another, or --dev FILE, or --dev-fraction 0 for no dev set");
        }
        return StratifiedSplit.of(all, options.devFraction(), options.seed());
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
