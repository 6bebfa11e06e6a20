package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConcatenatedDatasetTest {

    @TempDir
    Path folder;

    private Dataset dataset(String name, String content) throws IOException {
        return DatasetFile.read(
                Files.writeString(folder.resolve(name), content), ReadOptions.defaults(), warning -> {});
    }

    private static List<String> rows(Dataset dataset) {
        return IntStream.range(0, dataset.size())
                .mapToObj(row -> dataset.get(row).toString())
                .map(row -> row.substring(row.lastIndexOf('/') + 1))
                .toList();
    }

    @Test
    void concatenated_otherTasksAndClasses_areTranslated() throws IOException {
        Dataset both = Dataset.concatenated(List.of(
                dataset("a.tsv", "text\ttopic\nx\tScience\ny\tTechnology\n"),
                dataset("b.tsv", "text\tmood\ttopic\nz\tgood\tOther\nw\tbad\tTechnology\n")));

        assertThat(both.tasks())
                .containsExactly(
                        new TaskLabels("topic", List.of("Other", "Science", "Technology")),
                        new TaskLabels("mood", List.of("bad", "good")));
        assertThat(rows(both))
                .containsExactly(
                        "a.tsv:2: [1, -100] x", "a.tsv:3: [2, -100] y", "b.tsv:2: [0, 1] z", "b.tsv:3: [2, 0] w");
        assertThat(both.labelCounts())
                .map(LabelCounts::toString)
                .containsExactly("topic: Other 1, Science 1, Technology 2", "mood: bad 1, good 1; none 2");
        assertThatThrownBy(() -> both.get(4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void concatenated_sameClasses_keepTheirOrder() {
        Dataset both = Dataset.concatenated(List.of(BundledDataset.TRAIN.read(), BundledDataset.DEV.read()));

        assertThat(both.tasks()).containsExactly(BundledDataset.TOPIC, BundledDataset.SENTIMENT);
        assertThat(both.size()).isEqualTo(360);
        assertThat(both.get(270)).isEqualTo(BundledDataset.DEV.read().get(0));
        assertThat(both.name()).isEqualTo("bundled train.tsv + bundled dev.tsv");
        assertThat(both.fingerprint()).isNotEqualTo(BundledDataset.TRAIN.read().fingerprint());
    }

    @Test
    void rejects_none() {
        assertThatThrownBy(() -> Dataset.concatenated(List.of())).hasMessage("datasets: expected at least one");
    }
}
