package dev.retort.minilm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What bfloat16 and int8 cost in quality, on the default model and real sentences. */
class PrecisionTest {

    private static final double SPEARMAN = 0.8672; // of float32

    private static SentenceTransformer load(Precision precision) throws IOException {
        String reason = Backend.find().unsupportedReason(precision);
        Assumptions.assumeTrue(reason == null, reason);
        return SentenceTransformer.loadDefault(LoadSettings.defaults().withPrecision(precision));
    }

    @Test
    void encode_stsBenchmarkInBf16_isWithinItsBounds() throws IOException {
        StsSentences sentences = StsSentences.require();
        float[][] narrow = vectors(Precision.BF16, sentences.texts());
        double[] cosines = cosines(narrow, vectors(Precision.F32, sentences.texts()));

        assertThat(sentences.spearman(narrow)).isCloseTo(SPEARMAN, within(0.0005));
        assertThat(Arrays.stream(cosines).min().orElseThrow()).isGreaterThan(0.9999);
    }

    @Test
    void encode_stsBenchmarkInInt8_isWithinItsBounds() throws IOException {
        StsSentences sentences = StsSentences.require();
        float[][] narrow = vectors(Precision.INT8, sentences.texts());
        double[] cosines = cosines(narrow, vectors(Precision.F32, sentences.texts()));

        assertThat(sentences.spearman(narrow)).isCloseTo(SPEARMAN, within(0.003));
        assertThat(Arrays.stream(cosines).average().orElseThrow()).isGreaterThan(0.996);
        assertThat(Arrays.stream(cosines).min().orElseThrow()).isGreaterThan(0.98);
    }

    private static float[][] vectors(Precision precision, List<String> texts) throws IOException {
        try (SentenceTransformer model = load(precision)) {
            return vectors(model.encode(texts));
        }
    }

    private static double[] cosines(float[][] a, float[][] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> StsSentences.cosine(a[i], b[i]))
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void encode_fromManyThreadsSinglyAndListed_givesTheSameBits(Precision precision) throws Exception {
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> "Text " + i + " is about rain" + " and wind".repeat(i * i % 37))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (SentenceTransformer model = load(precision)) {
            float[][] singly =
                    texts.stream().map(text -> model.encode(text).vector()).toArray(float[][]::new);
            List<Future<Boolean>> same = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int first = thread * 7;
                same.add(threads.submit(() -> Arrays.deepEquals(
                        vectors(model.encode(texts.subList(first, texts.size()))),
                        Arrays.copyOfRange(singly, first, singly.length))));
            }
            for (Future<Boolean> result : same) {
                assertThat(result.get(5, TimeUnit.MINUTES)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void encodeTokens_inANarrowPrecision_givesFloats(Precision precision) throws IOException {
        try (SentenceTransformer model = load(precision)) {
            float[][] states = model.encodeTokens(List.of("A cat sits on the mat"), EncodeOptions.defaults())
                    .get(0)
                    .vectors();
            assertThat(states).hasNumberOfRows(8);
            assertThat(states[3]).hasSize(384);
        }
    }

    /** Environment variable DNNL_MAX_CPU_ISA makes the kernels' library believe in a lesser processor. */
    @Test
    void load_onAProcessorWithoutKernels_refusesOrFallsBackToFloat32(@TempDir Path temporary) throws Exception {
        ProcessBuilder process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LesserProcessor.class.getName(),
                temporary.resolve("int8").toString());
        process.environment().put("DNNL_MAX_CPU_ISA", "AVX2");
        process.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process running = process.start();
        String printed = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(running.waitFor()).isZero();
        for (String precision : List.of("BF16", "INT8")) {
            assertThat(printed)
                    .containsPattern(
                            "refused: precision: " + precision + " cannot be computed here: .*; load in F32, or"
                                    + " allow the fallback to it \\(LoadSettings.withPrecisionFallback\\)")
                    .contains(precision + " allowed to fall back: the bits of F32: true")
                    .containsPattern("precision=F32, fallbackReason=the processor has no \\w+ instructions");
        }
        assertThat(printed)
                .containsPattern("folder refused: precision: INT8, which the model's folder is written for, cannot be"
                        + " computed here: .*; load in F32, or allow the fallback to it")
                .contains("folder allowed to fall back: the bits of it in F32: true");
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void encode_withAFolderOfNarrowWeights_givesTheBitsOfTheirConversionAtLoad(
            Precision precision, @TempDir Path temporary) throws IOException {
        List<String> texts = List.of("A cat sits on the mat", "Ein Hund", "rain and wind ".repeat(70));
        float[][] expected = vectors(precision, texts);
        Path folder = temporary.resolve("narrow");
        try (SentenceCheckpoint checkpoint = BundledModel.open()) {
            checkpoint.write(folder, ExistingFolder.REFUSE, precision, more -> {});
        }

        try (SentenceTransformer model = SentenceTransformer.load(folder)) {
            assertThat(vectors(model.encode(texts))).isDeepEqualTo(expected);
        }
    }

    private static float[][] vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vector).toArray(float[][]::new);
    }
}
