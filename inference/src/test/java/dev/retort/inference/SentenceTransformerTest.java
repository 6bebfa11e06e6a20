package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.model.sentence.Pooling;
import dev.retort.text.TextTooLongException;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentenceTransformerTest {

    private static final String LONG_TEXT = "the cat sits on the mat under a tree and the dog runs in rain by night";

    @TempDir
    private static Path folder;

    private static SentenceTransformer model;

    @BeforeAll
    static void load() throws IOException {
        model = SentenceTransformer.load(
                SmallModel.write(folder.resolve("plain")),
                LoadSettings.defaults().withThreads(3));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** Texts of 0 to 10 words, in no order of length. */
    private static List<String> texts(int count) {
        String[] words = "a the cat dog sits sleeps runs on under mat tree night day red blue unheard".split(" ");
        Random random = new Random(11);
        return IntStream.range(0, count)
                .mapToObj(i -> random.ints(random.nextInt(10), 0, words.length)
                        .mapToObj(word -> words[word])
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    private static float[][] vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vector).toArray(float[][]::new);
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int e = 0; e < expected.length; e++) {
            assertThat((double) actual[e]).as("dimension %d", e).isCloseTo(expected[e], within(tolerance));
        }
    }

    @Test
    void encode_list_returnsEachTextsOwnVectorInTheirOrder() {
        List<String> texts = texts(57);

        List<Embedding> together = model.encode(texts);

        assertThat(together).hasSize(57);
        for (int i = 0; i < texts.size(); i++) {
            Embedding alone = model.encode(texts.get(i));
            assertClose(together.get(i).vector(), alone.vector(), 1e-6);
            assertThat(together.get(i).tokenCount()).isEqualTo(alone.tokenCount());
        }
        assertThat(model.encode("the cat").vector())
                .isNotEqualTo(model.encode("the dog").vector());
    }

    @Test
    void encode_smallBudget_givesTheSameVectors() {
        List<String> texts = texts(40);

        List<Embedding> expected = model.encode(texts);
        List<Embedding> oneByOne = model.encode(texts, EncodeOptions.defaults().withBatchTokens(1));

        for (int i = 0; i < texts.size(); i++) {
            assertClose(oneByOne.get(i).vector(), expected.get(i).vector(), 1e-6);
        }
    }

    @Test
    void encode_emptyListAndEmptyText_areAnEmptyResultAndAVector() {
        assertThat(model.encode(List.of())).isEmpty();
        assertThat(model.encode("").tokenCount()).isEqualTo(2);
        assertThat(model.encode("").vector()).hasSize(24);
    }

    @Test
    void encode_nullText_namesItsNumber() {
        assertThatThrownBy(() -> model.encode(Arrays.asList("a", null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("texts: text 1 is null");
    }

    @Test
    void encode_longText_isTruncatedAndSaysSo() {
        Embedding embedding = model.encode(LONG_TEXT);

        assertThat(embedding.truncated()).isTrue();
        assertThat(embedding.tokenCount()).isEqualTo(SmallModel.MAX_TOKENS);
        assertThat(embedding.fullTokenCount()).isGreaterThan(SmallModel.MAX_TOKENS);
        assertThat(model.encode("the cat").truncated()).isFalse();
        assertThat(model.encode("the cat"))
                .hasToString("Embedding(FLOAT, 24 numbers, 4 tokens)"); // for logs, without the numbers
        assertThat(embedding)
                .hasToString("Embedding(FLOAT, 24 numbers, " + SmallModel.MAX_TOKENS + " tokens of "
                        + embedding.fullTokenCount() + ")");
    }

    @Test
    void encode_longTextUnderError_namesTextTokensAndLimit() {
        EncodeOptions options = EncodeOptions.defaults().withTruncation(TruncationPolicy.ERROR);

        assertThatThrownBy(() -> model.encode(List.of("a cat", LONG_TEXT), options))
                .isInstanceOf(TextTooLongException.class)
                .hasMessageContaining("1")
                .hasMessageContaining(Integer.toString(SmallModel.MAX_TOKENS));
    }

    @Test
    void encode_splitAverage_isTheMeanOfThePartsWeightedByTheirTokens() {
        // 17 word pieces, 10 a part at most: 9 and 8 pieces, so 11 and 10 tokens
        Embedding first = model.encode("the cat sits on the mat under a tree");
        Embedding second = model.encode("and the dog runs in rain by night");

        Embedding split =
                model.encode(LONG_TEXT, EncodeOptions.defaults().withTruncation(TruncationPolicy.SPLIT_AVERAGE));

        assertThat(split.truncated()).isFalse();
        assertThat(split.tokenCount()).isEqualTo(first.tokenCount() + second.tokenCount());
        float[] mean = new float[24];
        for (int e = 0; e < mean.length; e++) {
            mean[e] = (first.tokenCount() * first.vector()[e] + second.tokenCount() * second.vector()[e])
                    / split.tokenCount();
        }
        assertClose(split.vector(), mean, 1e-6);
    }

    @Test
    void encode_splitAverageOfANormalisingPipeline_isAUnitVector() throws IOException {
        SentenceSettings settings =
                SentenceSettings.mean(SmallModel.MAX_TOKENS).withModules(List.of(new ModuleSettings.OfNormalize()));
        try (SentenceTransformer unit = SentenceTransformer.load(SmallModel.write(folder.resolve("unit"), settings))) {
            EncodeOptions split = EncodeOptions.defaults().withTruncation(TruncationPolicy.SPLIT_AVERAGE);
            float[] vector = unit.encode(LONG_TEXT, split).vector();

            assertThat(dev.retort.inference.Similarity.DOT.of(vector, vector)).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void encode_dimensionsAndNormalize_cutFirst() {
        float[] full = model.encode("the cat sleeps").vector();

        float[] cut = model.encode("the cat sleeps", EncodeOptions.defaults().withDimensions(5))
                .vector();
        float[] unit = model.encode(
                        "the cat sleeps",
                        EncodeOptions.defaults().withDimensions(5).withNormalize(true))
                .vector();

        assertThat(cut).isEqualTo(Arrays.copyOf(full, 5));
        double norm = Math.sqrt(dev.retort.inference.Similarity.DOT.of(cut, cut));
        for (int e = 0; e < 5; e++) {
            assertThat((double) unit[e]).isCloseTo(cut[e] / norm, within(1e-7));
        }
        assertThatThrownBy(() -> model.encode("a", EncodeOptions.defaults().withDimensions(25)))
                .hasMessage("dimensions: the model has 24, asked for 25");
    }

    @Test
    void encode_prompts_areGluedInFrontAndUnknownOnesRefused() throws IOException {
        SentenceSettings settings = new SentenceSettings(
                Pooling.mean(),
                true,
                List.of(),
                SmallModel.MAX_TOKENS,
                false,
                Map.of("query", "the red ", "passage", "the blue "),
                "passage",
                Similarity.DOT,
                6);
        try (SentenceTransformer prompted =
                SentenceTransformer.load(SmallModel.write(folder.resolve("prompted"), settings))) {
            EncodeOptions options = EncodeOptions.defaults();
            List<String> cat = List.of("cat");
            EncodeOptions none = options.withPrompt("");

            assertThat(prompted.dimensions()).isEqualTo(6);
            assertThat(prompted.similarity()).isEqualTo(dev.retort.inference.Similarity.DOT);
            assertThat(vectors(prompted.encodeQueries(cat, options)))
                    .isDeepEqualTo(vectors(prompted.encode(List.of("the red cat"), none)));
            assertThat(vectors(prompted.encodeDocuments(cat, options)))
                    .isDeepEqualTo(vectors(prompted.encode(List.of("the blue cat"), none)));
            assertThat(vectors(prompted.encode(cat)))
                    .as("the default prompt")
                    .isDeepEqualTo(vectors(prompted.encode(List.of("the blue cat"), none)));
            assertThatThrownBy(() -> prompted.encode("cat", options.withPromptName("title")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("none named title")
                    .hasMessageContaining("query");
        }
    }

    @Test
    void encode_quantised_isWhatTheFloatsQuantiseTo() {
        List<String> texts = texts(20);
        List<Embedding> floats = model.encode(texts);
        CalibrationRanges ranges = CalibrationRanges.of(floats);

        List<Embedding> own = model.encode(texts, EncodeOptions.defaults().withPrecision(OutputPrecision.INT8));
        Embedding single =
                model.encode(texts.get(3), EncodeOptions.defaults().withPrecision(OutputPrecision.INT8, ranges));

        assertThat(own.get(7).quantized())
                .isEqualTo(floats.get(7).quantize(OutputPrecision.INT8, ranges).quantized());
        assertThat(single.quantized())
                .isEqualTo(model.encode(texts.get(3))
                        .quantize(OutputPrecision.INT8, ranges)
                        .quantized());
        assertThat(own.get(7).precision()).isEqualTo(OutputPrecision.INT8);
        assertThatThrownBy(() -> own.get(7).vector()).hasMessageContaining("was quantised to INT8");
        assertThatThrownBy(() -> floats.get(7).quantized()).hasMessageContaining("is not quantised");
        assertThatThrownBy(() -> model.encode("a", EncodeOptions.defaults().withPrecision(OutputPrecision.UINT8)))
                .hasMessageContaining("a single vector has no range");
    }

    @Test
    void encode_stream_equalsTheListInOrder() {
        List<String> texts = texts(3000);

        try (Stream<Embedding> results = model.encode(texts.stream(), EncodeOptions.defaults())) {
            List<Embedding> streamed = results.toList();
            List<Embedding> listed = model.encode(texts);

            assertThat(streamed).hasSize(3000);
            for (int i = 0; i < 3000; i++) {
                assertClose(streamed.get(i).vector(), listed.get(i).vector(), 1e-6);
            }
        }
        assertThatThrownBy(() ->
                        model.encode(texts.stream(), EncodeOptions.defaults().withPrecision(OutputPrecision.INT8)))
                .hasMessageContaining("a stream has no ranges of its own");
    }

    @Test
    void encode_endlessStream_readsOnlyWhatIsNeeded() {
        List<String> read = Collections.synchronizedList(new ArrayList<>());

        try (Stream<Embedding> results =
                model.encode(Stream.generate(() -> "a cat").peek(read::add), EncodeOptions.defaults())) {
            assertThat(results.limit(10)).hasSize(10);
        }

        assertThat(read).hasSizeLessThan(5000);
    }

    @Test
    void encodeTokens_texts_areTokensWithTheirVectors() {
        List<TokenEmbeddings> results =
                model.encodeTokens(List.of("the cats", LONG_TEXT, ""), EncodeOptions.defaults());

        assertThat(results.get(0).tokens()).containsExactly("[CLS]", "the", "cat", "##s", "[SEP]");
        assertThat(results.get(0).vectors()).hasDimensions(5, 24);
        assertThat(results.get(1).truncated()).isTrue();
        assertThat(results.get(1).tokens()).hasSize(SmallModel.MAX_TOKENS);
        assertThat(results.get(2).tokens()).containsExactly("[CLS]", "[SEP]");
        float[] mean = new float[24];
        for (float[] vector : results.get(0).vectors()) {
            for (int e = 0; e < mean.length; e++) {
                mean[e] += vector[e] / 5;
            }
        }
        assertClose(model.encode("the cats").vector(), mean, 1e-6);
    }

    @Test
    void encode_progress_reachesTextsAndTokens() {
        List<String> texts = texts(200);
        List<long[]> calls = new ArrayList<>();
        Thread caller = Thread.currentThread();

        List<Embedding> embeddings = model.encode(
                texts, EncodeOptions.defaults().withBatchTokens(100).withProgress((done, tokens) -> {
                    assertThat(Thread.currentThread()).isSameAs(caller);
                    calls.add(new long[] {done, tokens});
                }));

        assertThat(calls).hasSizeGreaterThan(3);
        assertThat(calls.get(calls.size() - 1))
                .containsExactly(
                        200,
                        embeddings.stream().mapToLong(Embedding::tokenCount).sum());
        assertThat(calls).isSortedAccordingTo((a, b) -> Long.compare(a[0], b[0]));
    }

    @Test
    void encode_failingListener_failsTheCallAndLeavesTheModelUsable() {
        EncodeOptions failing = EncodeOptions.defaults().withBatchTokens(50).withProgress((texts, tokens) -> {
            throw new IllegalStateException("listener");
        });

        assertThatThrownBy(() -> model.encode(texts(100), failing)).hasMessage("listener");
        assertThat(model.encode("a cat").vector()).hasSize(24);
    }

    @Test
    void encode_manyThreads_giveTheBitsOfOne() throws Exception {
        List<String> texts = texts(40);
        float[][] singly =
                texts.stream().map(text -> model.encode(text).vector()).toArray(float[][]::new);
        float[][] listed = vectors(model.encode(texts));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> same = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                boolean inLists = thread % 2 == 0;
                same.add(threads.submit(() -> inLists
                        ? Arrays.deepEquals(vectors(model.encode(texts)), listed)
                        : Arrays.deepEquals(
                                texts.stream()
                                        .map(text -> model.encode(text).vector())
                                        .toArray(float[][]::new),
                                singly)));
            }
            for (Future<Boolean> result : same) {
                assertThat(result.get(60, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void encode_interruptedWhileWaiting_isCancelledWithTheFlagSet() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        List<String> many = texts(5_000);
        Thread caller = new Thread(() -> {
            thrown.set(catchThrowable(() -> model.encode(
                    many,
                    EncodeOptions.defaults()
                            .withBatchTokens(64)
                            .withProgress((texts, tokens) -> started.countDown()))));
            flag.set(Thread.currentThread().isInterrupted());
        });

        caller.start();
        started.await();
        caller.interrupt();
        caller.join(60_000);

        assertThat(thrown.get()).isInstanceOf(CancellationException.class);
        assertThat(flag.get()).isTrue();
        assertThat(model.encode("a cat").vector()).hasSize(24);
    }

    @Test
    void load_interruptedThread_failsWithTheFlagSet() throws IOException {
        Path written = SmallModel.write(folder.resolve("interrupted"));
        Thread.currentThread().interrupt();
        Throwable thrown;
        boolean flag;
        try {
            thrown = catchThrowable(() -> SentenceTransformer.load(written));
        } finally {
            flag = Thread.interrupted();
        }

        assertThat(thrown).isInstanceOf(InterruptedIOException.class).hasMessage("load: interrupted");
        assertThat(flag).isTrue();
    }

    @Test
    void close_thenEncode_failsClearly() throws IOException {
        SentenceTransformer closed = SentenceTransformer.load(SmallModel.write(folder.resolve("closed")));
        closed.encode("a cat");

        closed.close();
        closed.close();

        assertThatThrownBy(() -> closed.encode("a cat"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("sentence transformer: already closed");
        assertThatThrownBy(() -> closed.encode(List.of())).hasMessage("sentence transformer: already closed");
    }

    @Test
    void close_ofSeveralModels_leavesNoWorkerThreads() throws Exception {
        long before = workerThreads();
        for (int i = 0; i < 3; i++) {
            try (SentenceTransformer other = SentenceTransformer.load(SmallModel.write(folder.resolve("many-" + i)))) {
                other.encode(texts(30));
                assertThat(workerThreads()).isGreaterThan(before);
            }
        }

        assertThat(workerThreads()).isEqualTo(before);
    }

    private static long workerThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("retort-worker"))
                .count();
    }

    @Test
    void load_tokenizerWithMoreTokensThanTheModel_isRefused() throws IOException {
        Path other = SmallModel.write(folder.resolve("other"));
        Files.writeString(other.resolve("vocab.txt"), Files.readString(other.resolve("vocab.txt")) + "one\ntwo\n");

        assertThatThrownBy(() -> SentenceTransformer.load(other))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("vocab.txt")
                .hasMessageContaining("take the tokenizer that was saved with the model");
    }

    @Test
    void runtime_saysWhatComputes() {
        assertThat(model.runtime()).isEqualTo(new ModelRuntime(Backend.find().name(), Precision.F32, null, 3));
        assertThat(model.runtime().isFallback()).isFalse();
    }

    @Test
    void loadSettings_noThreads_areRefused() {
        assertThatThrownBy(() -> LoadSettings.defaults().withThreads(0))
                .hasMessage("threads: expected a positive number, got 0");
    }
}
