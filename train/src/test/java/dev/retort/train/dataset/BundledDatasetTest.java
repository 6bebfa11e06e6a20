package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the sentences are measured by: {@code docs/data.md} quotes these bounds. */
class BundledDatasetTest {

    private static final List<Example> ALL = Stream.of(BundledDataset.values())
            .flatMap(part -> rows(part.read()))
            .toList();

    private static Stream<Example> rows(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(dataset::get);
    }

    private static List<String> words(Example example) {
        return NaiveBayes.words(example.text());
    }

    private static int combination(Example example) {
        return 3 * example.labels()[0] + example.labels()[1];
    }

    @Test
    void read_eachPart_holdsAsManyOfEachCombination() {
        assertThat(combinations(BundledDataset.TRAIN))
                .hasSize(9)
                .allSatisfy((c, n) -> assertThat(n).isEqualTo(30));
        assertThat(combinations(BundledDataset.DEV))
                .hasSize(9)
                .allSatisfy((c, n) -> assertThat(n).isEqualTo(10));
        assertThat(combinations(BundledDataset.TEST))
                .hasSize(9)
                .allSatisfy((c, n) -> assertThat(n).isEqualTo(10));
        assertThat(BundledDataset.DEV.read().tasks()).containsExactly(BundledDataset.TOPIC, BundledDataset.SENTIMENT);
        assertThat(BundledDataset.DEV.read().labelCounts())
                .map(LabelCounts::toString)
                .containsExactly(
                        "topic: Technology 30, Science 30, Other 30",
                        "sentiment: Positive 30, Negative 30, Neutral 30");
    }

    private static Map<Integer, Integer> combinations(BundledDataset part) {
        Map<Integer, Integer> counts = new TreeMap<>();
        rows(part.read()).forEach(example -> counts.merge(combination(example), 1, Integer::sum));
        return counts;
    }

    @Test
    void texts_all_areComposedTrimmedAndDifferent() {
        Set<String> seen = new HashSet<>();
        for (Example example : ALL) {
            assertThat(example.text()).isEqualTo(example.text().strip());
            assertThat(Normalizer.isNormalized(example.text(), Normalizer.Form.NFC))
                    .as(example.text())
                    .isTrue();
            assertThat(seen.add(String.join(" ", words(example))))
                    .as(example.toString())
                    .isTrue();
        }
        assertThat(seen).hasSize(450);
    }

    @Test
    void texts_anyTwo_shareNoFiveWordsInARow() {
        Map<List<String>, Example> seen = new HashMap<>();
        for (Example example : ALL) {
            List<String> words = words(example);
            Set<List<String>> own = new HashSet<>();
            for (int i = 0; i + 5 <= words.size(); i++) {
                own.add(words.subList(i, i + 5));
            }
            for (List<String> five : own) {
                assertThat(seen.put(five, example)).as(five + " in " + example).isNull();
            }
        }
        assertThat(seen).hasSizeGreaterThan(4000);
    }

    @Test
    void texts_anyTwo_shareLessThanAThirdOfTheirWords() {
        List<Set<String>> sets = new ArrayList<>();
        for (Example example : ALL) {
            sets.add(new HashSet<>(words(example)));
        }
        for (int i = 0; i < sets.size(); i++) {
            for (int j = 0; j < i; j++) {
                Set<String> common = new HashSet<>(sets.get(i));
                common.retainAll(sets.get(j));
                int union = sets.get(i).size() + sets.get(j).size() - common.size();
                assertThat(common.size() / (double) union) // Jaccard
                        .as(ALL.get(i) + " and " + ALL.get(j))
                        .isLessThan(1 / 3.0);
            }
        }
    }

    @Test
    void texts_all_varyInLengthWordsAndForm() {
        int[] lengths = ALL.stream().mapToInt(example -> words(example).size()).toArray();
        assertThat(IntStream.of(lengths).min()).hasValue(3);
        assertThat(IntStream.of(lengths).max().orElseThrow()).isBetween(40, 45);
        assertThat(IntStream.of(lengths).filter(length -> length <= 7).count()).isGreaterThan(30);
        assertThat(IntStream.of(lengths).filter(length -> length >= 18).count()).isGreaterThan(50);
        assertThat(ALL.stream().flatMap(example -> words(example).stream()).distinct())
                .hasSizeGreaterThan(2300);
        for (int c = 0; c < 9; c++) {
            int combination = c;
            List<Example> own =
                    ALL.stream().filter(e -> combination(e) == combination).toList();
            assertThat(own).as("combination " + c).anyMatch(e -> e.text().contains("?"));
            assertThat(own.stream().mapToInt(e -> words(e).size()).average().orElseThrow())
                    .as("combination " + c)
                    .isBetween(10.0, 16.0); // length says little about a label
        }
    }

    @Test
    void words_any_giveAwayNeitherTopicNorSentiment() {
        for (int task = 0; task < 2; task++) {
            Map<String, int[]> counts = new HashMap<>();
            for (Example example : ALL) {
                for (String word : new HashSet<>(words(example))) {
                    counts.computeIfAbsent(word, key -> new int[3])[example.labels()[task]]++;
                }
            }
            counts.forEach((word, byClass) -> {
                int most = IntStream.of(byClass).max().orElseThrow();
                // of the 150 sentences of a class no more than one in twenty has a word that is this class's own
                assertThat(most > 7 && most > 0.9 * IntStream.of(byClass).sum())
                        .as(word)
                        .isFalse();
            });
        }
    }

    @Test
    void words_counted_tellFarLessThanASentence() {
        assertThat(naiveBayes(BundledDataset.DEV, 0)).isCloseTo(0.422, within(5e-4)); // docs/data.md quotes these
        assertThat(naiveBayes(BundledDataset.TEST, 0)).isCloseTo(0.467, within(5e-4));
        assertThat(naiveBayes(BundledDataset.DEV, 1)).isCloseTo(0.422, within(5e-4));
        assertThat(naiveBayes(BundledDataset.TEST, 1)).isCloseTo(0.411, within(5e-4));
    }

    private static double naiveBayes(BundledDataset part, int task) {
        return new NaiveBayes(BundledDataset.TRAIN.read(), task).accuracy(part.read(), task);
    }
}
