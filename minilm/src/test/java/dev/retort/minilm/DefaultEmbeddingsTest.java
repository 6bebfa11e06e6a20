package dev.retort.minilm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.core.FixtureTensors;
import dev.retort.core.SharedFolder;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import dev.retort.inference.Similarity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The default model on real texts, against what sentence-transformers 6.2 (PyTorch) gives for them. */
class DefaultEmbeddingsTest {

    private static final List<String> TEXTS = List.of(
            "A cat sits on the mat", "Ein Hund", "A kitten is lying on a rug", "The stock market fell sharply today");

    private static SentenceTransformer model;

    @BeforeAll
    static void load() throws IOException {
        model = SentenceTransformer.loadDefault();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** The first six dimensions of each text and the cosines, recorded with sentence-transformers 6.2. */
    @Test
    void encode_fourTexts_equalsSentenceTransformers() {
        double[][] recorded = {
            {0.12872466, -0.03267295, -0.02291572, 0.04023048, -0.03545390, 0.03155843},
            {-0.02325152, 0.07044490, -0.00742928, 0.00799783, 0.01931779, 0.05747692},
            {0.02870272, 0.02466143, 0.01377385, 0.04521329, -0.02477060, 0.02405079},
            {0.04308164, -0.01092699, 0.07132445, 0.04560650, 0.00280627, -0.00387814}
        };

        List<Embedding> embeddings = model.encode(TEXTS);

        for (int i = 0; i < recorded.length; i++) {
            float[] vector = embeddings.get(i).vector();
            assertThat(vector).hasSize(384);
            assertThat(Similarity.DOT.of(vector, vector)).isCloseTo(1, within(1e-6));
            for (int e = 0; e < 6; e++) {
                assertThat((double) vector[e])
                        .as("text %d, dimension %d", i, e)
                        .isCloseTo(recorded[i][e], within(2e-7));
            }
        }
        double[][] cosines = model.similarity().matrix(embeddings.subList(0, 1), embeddings);
        assertThat(cosines[0][1]).isCloseTo(0.04595263, within(1e-6));
        assertThat(cosines[0][2]).isCloseTo(0.56425774, within(1e-6));
        assertThat(cosines[0][3]).isCloseTo(0.09742106, within(1e-6));
    }

    @Test
    void loadDefault_limits_areTheModels() {
        assertThat(model.dimensions()).isEqualTo(384);
        assertThat(model.maxSequenceLength()).isEqualTo(256);
        assertThat(model.similarity()).isEqualTo(Similarity.COSINE);
        assertThat(model.encode("word ".repeat(400)).truncated()).isTrue();
        assertThat(model.encode("word ".repeat(400)).tokenCount()).isEqualTo(256);
    }

    @Test
    void encode_fortyVariedTexts_equalsSentenceTransformers() throws IOException {
        Path folder = SharedFolder.require("fixtures/minilm");
        FixtureTensors expected = FixtureTensors.read(folder.resolve("expected.safetensors"));
        List<String> texts = texts(folder);

        float[][] vectors = vectors(model.encode(texts));

        float[] recorded = expected.floats("embeddings");
        double worst = 0;
        for (int i = 0; i < vectors.length; i++) {
            for (int e = 0; e < 384; e++) {
                worst = Math.max(worst, Math.abs(vectors[i][e] - recorded[i * 384 + e]));
            }
        }
        assertThat(texts).hasSize(40);
        assertThat(worst).as("greatest difference").isLessThan(2e-6);
    }

    /** Each layer's output for the two traced texts is compared in module weights; here, batches and threads on real texts. */
    @Test
    void encode_eightThreads_giveTheBitsOfOneThread() throws Exception {
        List<String> texts = fortyTexts();
        float[][] singly =
                texts.stream().map(text -> model.encode(text).vector()).toArray(float[][]::new);
        float[][] listed = vectors(model.encode(texts));
        for (int i = 0; i < texts.size(); i++) {
            for (int e = 0; e < 384; e++) {
                assertThat((double) listed[i][e]).as("text %d", i).isCloseTo(singly[i][e], within(1e-6));
            }
        }
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> same = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                same.add(threads.submit(() -> Arrays.deepEquals(vectors(model.encode(texts)), listed)
                        && Arrays.deepEquals(
                                texts.stream()
                                        .map(text -> model.encode(text).vector())
                                        .toArray(float[][]::new),
                                singly)));
            }
            for (Future<Boolean> result : same) {
                assertThat(result.get(5, TimeUnit.MINUTES)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void encode_stsBenchmark_hasTheSpearmanOfSentenceTransformers() throws IOException {
        StsSentences sentences = StsSentences.require();

        assertThat(sentences.scores()).hasSize(1500);
        assertThat(sentences.spearman(vectors(model.encode(sentences.texts())))).isCloseTo(0.8672, within(0.0002));
    }

    @Test
    void encode_twoThousandTexts_leavesResidentMemoryFlat() throws IOException {
        List<String> texts = fortyTexts();
        try (SentenceTransformer two =
                SentenceTransformer.loadDefault(LoadSettings.defaults().withThreads(2))) {
            for (int round = 0; round < 10; round++) {
                two.encode(texts); // warm-up: workspaces grow to the largest batch
            }
            long before = residentKilobytes();
            for (int round = 0; round < 50; round++) {
                two.encode(texts, EncodeOptions.defaults());
            }
            long grown = residentKilobytes() - before;

            // a leak of one layer's activations a batch would be hundreds of megabytes
            assertThat(grown).as("kB grown over 2,000 texts").isLessThan(64 * 1024);
        }
    }

    private static long residentKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "skipped: no /proc on this system");
        System.gc();
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> fortyTexts() {
        String[] subjects = {
            "A cat", "The committee", "My neighbour's old dog", "Every third passenger on the night train"
        };
        String[] verbs = {"sleeps", "has decided to wait", "would rather not talk about it", "runs"};
        return IntStream.range(0, 40)
                .mapToObj(i -> subjects[i % 4] + " " + verbs[i / 4 % 4] + " on day " + i
                        + (i % 5 == 0 ? ", again." : "!") + " It rained.".repeat(i % 7))
                .toList();
    }

    private static List<String> texts(Path folder) throws IOException {
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        List<String> texts = new ArrayList<>();
        json.get("texts").forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static float[][] vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vector).toArray(float[][]::new);
    }
}
