package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepeatedTextsTest {

    @TempDir
    Path folder;

    private final List<String> warnings = new ArrayList<>();

    private Dataset dataset(String name, String rows) throws IOException {
        return DatasetFile.read(
                Files.writeString(folder.resolve(name), "text\ta\n" + rows), ReadOptions.defaults(), warning -> {});
    }

    private int find(Dataset... datasets) {
        int found = RepeatedTexts.find(List.of(datasets), warnings::add);
        warnings.replaceAll(warning -> warning.replace(folder + "/", ""));
        return found;
    }

    @Test
    void find_sharedBetweenSets_namesBothPlaces() throws IOException {
        int found = find(
                dataset("train.tsv", "one\tx\ntwo\ty\nthree\tx\n"),
                dataset("dev.tsv", "four\tx\n two\ty\n"),
                dataset("test.tsv", "four\tx\nfive\ty\none\tz\n"));

        assertThat(found).isEqualTo(3);
        assertThat(warnings)
                .containsExactly(
                        "dev.tsv:3: the same text as train.tsv:3: a figure on it says little: two",
                        "test.tsv:2: the same text as dev.tsv:2: a figure on it says little: four",
                        "test.tsv:4: the same text as train.tsv:2: a figure on it says little: one",
                        "test.tsv:4: the same text as train.tsv:2, another a: z, x: one");
    }

    @Test
    void find_repeatedWithinASet_countsAndFindsContradictions() throws IOException {
        int found = find(dataset("train.tsv", "one\tx\ntwo\tx\none\tx\ntwo\ty\none\t\n"));

        assertThat(found).isZero();
        assertThat(warnings)
                .containsExactly(
                        "train.tsv:4: the same text as train.tsv:2: one of 3 such rows",
                        "train.tsv:5: the same text as train.tsv:3, another a: y, x: two");
    }

    @Test
    void find_manyShared_reportsTwentyAndTheRest() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            rows.append("text ").append(i).append("\tx\n");
        }

        assertThat(find(dataset("a.tsv", rows.toString()), dataset("b.tsv", rows.toString())))
                .isEqualTo(50);
        assertThat(warnings).hasSize(21);
        assertThat(warnings.get(20)).endsWith("text 20: and 29 more such rows");
    }

    @Test
    void find_bundledSets_hasNothingToSay() {
        Dataset[] parts =
                Stream.of(BundledDataset.values()).map(BundledDataset::read).toArray(Dataset[]::new);

        assertThat(find(parts)).isZero();
        assertThat(warnings).isEmpty();
    }
}
