package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Real data, whose row counts are known. */
class SharedFilesTest {

    private static List<String> counts(String file, String... tasks) throws IOException {
        Path path = SharedFolder.require("data").resolve(file);
        ReadOptions options = ReadOptions.defaults()
                .withTasks(List.of(tasks).stream().map(TaskColumn::parse).toList());
        List<String> warnings = new ArrayList<>();
        try (Dataset inMemory = DatasetFile.read(path, options, warnings::add);
                Dataset inFile = DatasetFile.read(path, options.withMostBytesInMemory(0), warnings::add)) {
            for (int row : BatchPlan.shuffled(inMemory.size(), 200, 3, 0).batch(0)) {
                assertThat(inFile.get(row)).isEqualTo(inMemory.get(row));
            }
            assertThat(inFile.fingerprint()).isEqualTo(inMemory.fingerprint());
            return inMemory.labelCounts().stream().map(LabelCounts::toString).toList();
        }
    }

    @Test
    void read_topicFiles_haveTheirRows() throws IOException {
        assertThat(counts("topic/topic3_huffpost_train.tsv", "topic=label"))
                .containsExactly("topic: Other 1244, Science 604, Technology 582");
        assertThat(counts("topic/topic3_reddit_train.tsv", "topic=label"))
                .containsExactly("topic: Other 3653, Science 3126, Technology 3124");
    }

    @Test
    void read_sentimentFiles_haveTheirRows() throws IOException {
        assertThat(counts("sentiment/sentiment3_sst_train.tsv", "sentiment=label"))
                .containsExactly("sentiment: Negative 3310, Neutral 1624, Positive 3610");
        assertThat(counts("sentiment/sentiment3_tweeteval_val.tsv", "sentiment=label"))
                .containsExactly("sentiment: Negative 312, Neutral 869, Positive 819");
    }

    @Test
    void read_jointFiles_haveBothTasks() throws IOException {
        assertThat(counts("joint/joint_train.tsv", "topic", "sentiment"))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).doesNotContain("none"));
    }

    @Test
    void naiveBayes_jointFiles_findsTheTopicEasyAndTheSentimentHard() throws IOException {
        Path joint = SharedFolder.require("data/joint");
        ReadOptions options = ReadOptions.defaults().withKnown(List.of(BundledDataset.TOPIC, BundledDataset.SENTIMENT));
        Dataset train = DatasetFile.read(joint.resolve("joint_train.tsv"), options, warning -> {});
        Dataset dev = DatasetFile.read(joint.resolve("joint_dev.tsv"), options, warning -> {});

        assertThat(new NaiveBayes(train, 0).accuracy(dev, 0))
                .isCloseTo(0.941, within(5e-4)); // docs/data.md quotes these
        assertThat(new NaiveBayes(train, 1).accuracy(dev, 1)).isCloseTo(0.549, within(5e-4));
    }

    @Test
    void naiveBayes_topicFiles_isBehindSentenceVectors() throws IOException {
        Path topic = SharedFolder.require("data/topic");
        ReadOptions options = ReadOptions.defaults().withTasks(List.of(TaskColumn.parse("topic=label")));
        Dataset train = Dataset.concatenated(List.of(
                DatasetFile.read(topic.resolve("topic3_huffpost_train.tsv"), options, warning -> {}),
                DatasetFile.read(topic.resolve("topic3_reddit_train.tsv"), options, warning -> {})));
        NaiveBayes words = new NaiveBayes(train, 0);

        assertThat(accuracy(words, topic.resolve("topic3_huffpost_dev.tsv"), options))
                .isCloseTo(0.767, within(5e-4));
        assertThat(accuracy(words, topic.resolve("topic3_reddit_dev.tsv"), options))
                .isCloseTo(0.847, within(5e-4));
    }

    private static double accuracy(NaiveBayes words, Path file, ReadOptions options) throws IOException {
        return words.accuracy(DatasetFile.read(file, options, warning -> {}), 0);
    }

    @Test
    void find_jointSplits_haveNoTextInCommon() throws IOException {
        ReadOptions options = ReadOptions.defaults().withKnown(List.of(BundledDataset.SENTIMENT));
        Path joint = SharedFolder.require("data/joint");
        List<String> warnings = new ArrayList<>();

        int found = RepeatedTexts.find(
                List.of(
                        DatasetFile.read(joint.resolve("joint_train.tsv"), options, warning -> {}),
                        DatasetFile.read(joint.resolve("joint_dev.tsv"), options, warning -> {})),
                warnings::add);

        assertThat(found).isZero();
        assertThat(warnings).isEmpty();
    }
}
