package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.classification.ClassificationHeads;
import dev.retort.text.TextTooLongException;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.heads.SavedHeads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

class MultiTaskClassifierTest {

    private static final LoadSettings TWO_THREADS = LoadSettings.defaults().withThreads(2);

    @TempDir
    private Path temporary;

    private Path folder() throws IOException {
        return SmallHeads.write(temporary.resolve("model"));
    }

    private static List<String> texts(int count) {
        String[] words =
                "a the cat dog sits sleeps runs on under mat tree night day red blue and walk in rain".split(" ");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word <= i % 7; word++) {
                text.append(words[(i * 5 + word * (3 + i % 4)) % words.length]).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    @Test
    void classify_texts_givesTheSoftmaxOfTheHeadsOnTheSentenceVectors() throws IOException {
        Path folder = folder();
        List<String> texts = texts(9);
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder, TWO_THREADS);
                SentenceTransformer embedder = SentenceTransformer.load(folder, TWO_THREADS);
                SavedHeads saved = SavedHeads.open(folder)) {
            float[][] vectors =
                    embedder.encode(texts).stream().map(Embedding::vector).toArray(float[][]::new);
            List<Variable> logits = new ClassificationHeads(
                            ParameterScope.forTraining(saved.parameters(DataType.FLOAT)), 24, saved.tasks())
                    .forward(Variable.constant(Nd4j.createFromArray(vectors)), Fusions.definitions(), Mode.INFERENCE);
            INDArray topics = Transforms.softmax(logits.get(0).value(), true);
            INDArray moods = Transforms.softmax(logits.get(1).value(), true);

            List<Classification> results = classifier.classify(texts);

            assertThat(results).hasSize(9);
            assertThat(results)
                    .extracting(result -> result.of("topic").probabilities())
                    .doesNotHaveDuplicates();
            for (int i = 0; i < results.size(); i++) {
                Classification result = results.get(i);
                assertThat(result.predictions()).containsOnlyKeys("topic", "mood");
                compare(result.of("topic"), List.of("animals", "weather", "other"), topics.getRow(i));
                compare(result.of("mood"), List.of("good", "bad"), moods.getRow(i));
            }
        }
    }

    private static void compare(Prediction prediction, List<String> labels, INDArray probabilities) {
        assertThat(prediction.probabilities().keySet()).containsExactlyElementsOf(labels);
        for (int c = 0; c < labels.size(); c++) {
            assertThat(prediction.probabilities().get(labels.get(c)))
                    .isCloseTo(probabilities.getDouble(c), within(2e-6));
        }
        assertThat(prediction.label())
                .isEqualTo(labels.get(probabilities.argMax().getInt(0)));
        assertThat(prediction.probabilities().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum())
                .isCloseTo(1, within(1e-12));
    }

    @Test
    void classify_aTextInAnyBatch_hasTheSameAnswer() throws IOException {
        List<String> texts = texts(600);
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder(), TWO_THREADS)) {
            List<Classification> together = classifier.classify(texts);
            for (int i : new int[] {0, 1, 255, 256, 599}) {
                assertThat(classifier
                                .classify(List.of(texts.get(i), texts.get(3)))
                                .get(0))
                        .isEqualTo(together.get(i));
                assertThat(classifier.classify(texts.get(i)).of("topic").probability())
                        .isCloseTo(together.get(i).of("topic").probability(), within(1e-6));
            }
        }
    }

    @Test
    void classify_severalThreadsAtOnce_getTheirOwnAnswers() throws Exception {
        List<String> texts = texts(120);
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder(), TWO_THREADS)) {
            List<Classification> expected = classifier.classify(texts);
            List<Future<List<Classification>>> results = new ArrayList<>();
            for (int caller = 0; caller < 8; caller++) {
                int first = 10 * caller;
                results.add(callers.submit(() -> classifier.classify(texts.subList(first, first + 30))));
            }
            for (int caller = 0; caller < 8; caller++) {
                assertThat(results.get(caller).get()).isEqualTo(expected.subList(10 * caller, 10 * caller + 30));
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            callers.shutdown();
        }
    }

    @Test
    void classify_options_sayWhatBecomesOfLongTexts() throws IOException {
        String longText = "the cat sits on the mat under the tree at night and the dog runs in the rain";
        EncodeOptions defaults = EncodeOptions.defaults();
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder(), TWO_THREADS)) {
            assertThat(classifier.classify(longText).truncated()).isTrue();
            assertThat(classifier.classify("the cat").truncated()).isFalse();
            assertThatThrownBy(() ->
                            classifier.classify(List.of(longText), defaults.withTruncation(TruncationPolicy.ERROR)))
                    .isInstanceOf(TextTooLongException.class);
            assertThat(classifier
                            .classify(List.of(longText), defaults.withTruncation(TruncationPolicy.SPLIT_AVERAGE))
                            .get(0)
                            .truncated())
                    .isFalse();
            assertThat(classifier.classify(List.of())).isEmpty();
            assertThatThrownBy(() -> classifier.classify(Arrays.asList("a", null)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1");
            assertThatThrownBy(() -> classifier.classify(List.of("a"), defaults.withDimensions(8)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("options: heads take the vectors of the pipeline, got dimensions=8 normalize=false"
                            + " precision=FLOAT");
        }
    }

    @Test
    void labels_areThoseOfTheFolder() throws IOException {
        try (MultiTaskClassifier classifier = MultiTaskClassifier.load(folder(), TWO_THREADS)) {
            assertThat(classifier.labels())
                    .containsExactly(
                            Map.entry("topic", List.of("animals", "weather", "other")),
                            Map.entry("mood", List.of("good", "bad")));
            assertThat(classifier.training()).containsExactly(Map.entry("seed", "3"));
            assertThat(classifier.threads()).isEqualTo(2);
        }
    }

    @Test
    void close_laterCalls_areRefused() throws IOException {
        MultiTaskClassifier classifier = MultiTaskClassifier.load(folder(), TWO_THREADS);
        classifier.close();
        classifier.close();

        assertThatThrownBy(() -> classifier.classify("a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("multi-task classifier: already closed");
    }

    @Test
    void load_foldersThatDoNotFit_sayWhy() throws IOException {
        Path withoutHeads = SmallModel.write(temporary.resolve("plain"));
        assertThatThrownBy(() -> MultiTaskClassifier.load(withoutHeads))
                .isInstanceOf(IOException.class)
                .hasMessage(withoutHeads + ": has no heads: no heads.json in it; train some, or open the folder as a"
                        + " SentenceTransformer");

        Path wider = SmallModel.write(temporary.resolve("wider"));
        SmallHeads.writeHeads(wider, SmallHeads.TASKS, 25);
        assertThatThrownBy(() -> MultiTaskClassifier.load(wider))
                .hasMessage("heads.json: embedding_size: the model's sentence vectors have 24 elements, the heads"
                        + " take 25");

        Path noModel = Files.createDirectory(temporary.resolve("none"));
        SmallHeads.writeHeads(noModel, SmallHeads.TASKS, 24);
        assertThatThrownBy(() -> MultiTaskClassifier.load(noModel)).isInstanceOf(IOException.class);
    }

    @Test
    void load_folderWithHeads_opensAsASentenceTransformer() throws IOException {
        Path plain = SmallModel.write(temporary.resolve("plain"));
        try (SentenceTransformer before = SentenceTransformer.load(plain, TWO_THREADS)) {
            SmallHeads.writeHeads(plain, SmallHeads.TASKS, 24);
            try (SentenceTransformer after = SentenceTransformer.load(plain, TWO_THREADS)) {
                assertThat(after.encode("the cat").vector())
                        .containsExactly(before.encode("the cat").vector());
            }
        }
    }
}
