package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Backend;
import dev.retort.inference.Classification;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.ModelTokenizer;
import dev.retort.inference.MultiTaskClassifier;
import dev.retort.inference.SentenceTransformer;
import dev.retort.model.sentence.Pooling;
import dev.retort.train.dataset.Dataset;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainedModelTest {

    private static final String PROMPT = "my dog was ";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "heads-only, true, 0",
        "heads-only, false, 0",
        "frozen-backbone, false, 0",
        "full, true, 0",
        "full, false, 0",
        "full, false, 8"
    })
    void write_ofAModelWithAPrompt_classifiesAsItWasTrained(String scenario, boolean includePrompt, int maxTokens)
            throws IOException {
        Path written = folder.resolve("written");
        TrainingSettings settings = SmallRun.settings(Scenario.parse(scenario)).withMaxTokens(maxTokens);
        try (SmallRun run =
                        new SmallRun(Files.createDirectory(folder.resolve("run")), 0.1, prompted(includePrompt), 0);
                Trainer trainer = Trainer.start(run.plan(settings, null), TrainingListener.NONE);
                TrainedModel model = trainer.run()) {
            model.write(written, ExistingFolder.REFUSE, Map.of());
            float[][][] logits = logits(model, run);
            List<String> texts = texts(run.dev());
            try (MultiTaskClassifier classifier = MultiTaskClassifier.load(written)) {
                List<Classification> asked = classifier.classify(texts);
                List<Classification> withoutPrompt =
                        classifier.classify(texts, EncodeOptions.defaults().withPrompt(""));

                assertThat(difference(logits, asked)).isCloseTo(0, within(1e-6));
                assertThat(difference(logits, withoutPrompt))
                        .as("the prompt counts")
                        .isGreaterThan(1e-4);
            }
            try (SentenceTransformer embedder = SentenceTransformer.load(written)) {
                assertThat(embedder.maxSequenceLength()).isEqualTo(maxTokens == 0 ? 12 : maxTokens);
            }
        }
    }

    private static SentenceSettings prompted(boolean includePrompt) {
        return new SentenceSettings(
                Pooling.mean(),
                includePrompt,
                List.of(),
                12,
                false,
                Map.of("classification", PROMPT),
                "classification",
                Similarity.COSINE,
                null);
    }

    /** By task and row of the dev set, as training sees it. */
    private static float[][][] logits(TrainedModel model, SmallRun run) throws IOException {
        TrainingPlan plan = run.plan(model.settings(), null);
        try (ModelTokenizer tokenizer = ModelTokenizer.open(run.backbone());
                TrainingThreads threads = TrainingThreads.open(1, Backend.find())) {
            return new Evaluator(threads, model.model(), new Objective(plan.losses()))
                    .logits(new TokenizedDataset(run.dev(), tokenizer, plan.maxTokens()), null);
        }
    }

    private static List<String> texts(Dataset dataset) {
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < dataset.size(); row++) {
            texts.add(dataset.get(row).text());
        }
        return texts;
    }

    /** The largest difference between the softmax of logits and probabilities that were answered. */
    private static double difference(float[][][] logits, List<Classification> answers) {
        double largest = 0;
        for (int row = 0; row < answers.size(); row++) {
            int task = 0;
            for (String name : answers.get(row).predictions().keySet()) {
                double sum = 0;
                for (float logit : logits[task][row]) {
                    sum += Math.exp(logit);
                }
                int label = 0;
                for (double probability :
                        answers.get(row).of(name).probabilities().values()) {
                    largest = Math.max(largest, Math.abs(Math.exp(logits[task][row][label++]) / sum - probability));
                }
                task++;
            }
        }
        return largest;
    }
}
