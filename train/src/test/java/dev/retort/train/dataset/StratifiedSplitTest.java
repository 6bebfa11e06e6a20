package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StratifiedSplitTest {

    @TempDir
    Path folder;

    private Dataset dataset;

    @BeforeEach
    void write() throws IOException {
        StringBuilder content = new StringBuilder("text\ta\tb\n");
        for (int i = 0; i < 103; i++) {
            content.append(
                    "text " + i + "\t" + (i % 4 == 0 ? "rare" : "often") + "\t" + (i % 3 == 0 ? "" : "y") + "\n");
        }
        dataset = DatasetFile.read(
                Files.writeString(folder.resolve("a.tsv"), content), ReadOptions.defaults(), warning -> {});
    }

    private static List<String> texts(Dataset dataset) {
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < dataset.size(); row++) {
            texts.add(dataset.get(row).text());
        }
        return texts;
    }

    @Test
    void of_eachCombination_keepsItsShare() {
        StratifiedSplit split = StratifiedSplit.of(dataset, 0.2, 1);

        assertThat(split.heldOut().size()).isEqualTo(21); // of 103
        assertThat(split.train().size()).isEqualTo(82);
        int[] whole = combinations(dataset);
        int[] held = combinations(split.heldOut());
        for (int c = 0; c < 4; c++) {
            assertThat((double) held[c]).isBetween(Math.floor(whole[c] * 0.2), Math.ceil(whole[c] * 0.2));
        }
        List<String> both = texts(split.train());
        both.addAll(texts(split.heldOut()));
        assertThat(both).containsExactlyInAnyOrderElementsOf(texts(dataset));
        assertThat(split.train().labelCounts().get(0).labelled()).isEqualTo(82);
    }

    private static int[] combinations(Dataset dataset) {
        int[] counts = new int[4];
        for (int row = 0; row < dataset.size(); row++) {
            counts[2 * dataset.label(row, 0) + (dataset.label(row, 1) == Example.MISSING ? 1 : 0)]++;
        }
        return counts;
    }

    @Test
    void of_sameSeed_isTheSameSplit() {
        List<String> once = texts(StratifiedSplit.of(dataset, 0.2, 1).heldOut());

        assertThat(texts(StratifiedSplit.of(dataset, 0.2, 1).heldOut())).isEqualTo(once);
        assertThat(texts(StratifiedSplit.of(dataset, 0.2, 2).heldOut())).isNotEqualTo(once);
        assertThat(StratifiedSplit.of(dataset, 0.2, 1).heldOut().fingerprint())
                .isEqualTo(StratifiedSplit.of(dataset, 0.2, 1).heldOut().fingerprint())
                .isNotEqualTo(StratifiedSplit.of(dataset, 0.2, 2).heldOut().fingerprint());
    }

    @Test
    void rejects_fractionThatLeavesNothing() {
        for (double fraction : new double[] {0, 1, -0.5, Double.NaN, 0.001, 0.999}) {
            assertThatThrownBy(() -> StratifiedSplit.of(dataset, fraction, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got " + fraction + " of 103 rows");
        }
    }

    @Test
    void part_rowOutside_isRefused() {
        assertThatThrownBy(() -> dataset.part(new int[] {103})).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
