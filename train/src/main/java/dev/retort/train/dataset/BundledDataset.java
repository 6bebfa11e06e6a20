package dev.retort.train.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * The data set that comes along: 450 English sentences written for this project, 50 of each combination of topic and sentiment, divided at
 * random within each. {@code docs/data.md} has the labels' definitions.
 */
public enum BundledDataset {
    /** 270 sentences. */
    TRAIN,
    /** 90 sentences. */
    DEV,
    /** 90 sentences. */
    TEST;

    /** What a sentence is about. */
    public static final TaskLabels TOPIC = new TaskLabels("topic", List.of("Technology", "Science", "Other"));

    /** What it says of it, as a reader would feel it. */
    public static final TaskLabels SENTIMENT = new TaskLabels("sentiment", List.of("Positive", "Negative", "Neutral"));

    /** The sentences, with the tasks {@link #TOPIC} and {@link #SENTIMENT}, in memory. */
    public Dataset read() {
        String file = name().toLowerCase(Locale.ROOT) + ".tsv";
        try (InputStream in = BundledDataset.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new FileNotFoundException("dev/retort/train/dataset/" + file + " is not on the class path");
            }
            return DatasetFile.inMemory(
                    in,
                    "bundled " + file,
                    DatasetFormat.TSV,
                    ReadOptions.defaults().withKnown(List.of(TOPIC, SENTIMENT)),
                    warning -> {
                        throw new IllegalStateException(warning);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("bundled data set: " + e.getMessage(), e);
        }
    }
}
