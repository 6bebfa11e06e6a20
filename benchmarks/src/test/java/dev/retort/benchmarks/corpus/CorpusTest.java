package dev.retort.benchmarks.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    @TempDir
    private Path folder;

    @Test
    void bundled_sentences_areManyAndDifferent() {
        List<String> texts = Corpus.bundled().texts();
        assertThat(texts)
                .hasSizeGreaterThan(190)
                .doesNotHaveDuplicates()
                .allSatisfy(text -> assertThat(text).isNotBlank());
    }

    @Test
    void ofTabSeparated_quotesAndPairs_readsEveryText() throws IOException {
        Path file = Files.writeString(
                folder.resolve("pairs.tsv"),
                "score\tsentence1\tsentence2\n5.0\t\"open quote\tsecond\n1.0\tthird\tfourth\n");
        assertThat(Corpus.ofTabSeparated(file))
                .isEqualTo(new Corpus("pairs.tsv", List.of("\"open quote", "second", "third", "fourth")));
    }

    @Test
    void ofTabSeparated_noTextColumn_saysWhatThereIs() throws IOException {
        Path file = Files.writeString(folder.resolve("numbers.tsv"), "a\tb\n1\t2\n");
        assertThatThrownBy(() -> Corpus.ofTabSeparated(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("[a, b]");
    }

    @Test
    void scoresOfTabSeparated_pairs_readsTheirScores() throws IOException {
        Path pairs =
                Files.writeString(folder.resolve("pairs.tsv"), "score\tsentence1\tsentence2\n5.0\ta\tb\n1.25\tc\td\n");
        assertThat(Corpus.scoresOfTabSeparated(pairs)).containsExactly(5.0, 1.25);
        Path texts = Files.writeString(folder.resolve("texts.tsv"), "score\ttext\n5.0\ta\n");
        assertThat(Corpus.scoresOfTabSeparated(texts)).isEmpty();
    }

    @Test
    void scoresOfTabSeparated_scoreThatIsNoNumber_saysWhichRow() throws IOException {
        Path file =
                Files.writeString(folder.resolve("pairs.tsv"), "score\tsentence1\tsentence2\n5.0\ta\tb\nfive\tc\td\n");
        assertThatThrownBy(() -> Corpus.scoresOfTabSeparated(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("row 2");
    }

    @Test
    void sample_fewerThanThereAre_spreadsOverAll() {
        Corpus corpus = new Corpus("six", List.of("0", "1", "2", "3", "4", "5"));
        assertThat(corpus.sample(3).texts()).containsExactly("0", "2", "4");
        assertThat(corpus.sample(6)).isSameAs(corpus);
        assertThat(corpus.repeated(8)).containsExactly("0", "1", "2", "3", "4", "5", "0", "1");
    }
}
