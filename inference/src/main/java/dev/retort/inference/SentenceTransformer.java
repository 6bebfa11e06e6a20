package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.text.Encoding;
import dev.retort.text.TokenBudget;
import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.LoadReport;
import dev.retort.weights.SentenceModel;
import dev.retort.weights.bundled.BundledModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Texts to vectors.
 *
 * <pre>{@code
 * try (SentenceTransformer model = SentenceTransformer.loadDefault()) {
 *     float[] vector = model.encode("A cat sits on the mat").vector();
 * }
 * }</pre>
 *
 * <p>Immutable after loading and safe for use by many threads at once: all share the weights and the worker threads. A text's vector does
 * not depend on the texts beside it beyond the rounding of float32 (1e-6). {@link #close} waits for running calls.
 *
 * <p>A call that waits for its results can be interrupted: it then throws {@link CancellationException} and leaves the thread's interrupt
 * flag set.
 */
public final class SentenceTransformer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SentenceTransformer.class);
    private static final int FEW_VECTORS = 100; // below it sentence-transformers warns about own ranges
    private static final int WINDOW_TEXTS = 2048; // of a stream: texts that are in memory at a time
    private static final int WINDOW_CHARACTERS = 1 << 21;
    private static final int LEAST_BATCH_TOKENS = 64; // below it a batch costs more than it saves

    private final SentenceModel model;
    private final Tokenizer tokenizer;
    private final Workers workers;
    private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock(); // read: a call runs; write: closing
    private volatile boolean closed;

    private SentenceTransformer(SentenceModel model, Tokenizer tokenizer, Workers workers) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.workers = workers;
    }

    /**
     * Loads a sentence-transformers folder or a Hugging Face DistilBERT or BERT folder, in float32, with as many threads as there are
     * processors.
     *
     * @throws IOException if a file is missing, malformed or does not fit the others, with its name and what is wrong
     */
    public static SentenceTransformer load(Path folder) throws IOException {
        return load(folder, LoadSettings.defaults());
    }

    /** Loads a folder with settings of one's own; see {@link #load(Path)}. */
    public static SentenceTransformer load(Path folder, LoadSettings settings) throws IOException {
        Backend backend = Backend.find();
        return open(SentenceModel.load(folder, loadOptions(backend, settings)), backend, settings);
    }

    /**
     * Loads all-MiniLM-L6-v2 (384 dimensions, at most 256 tokens), which comes with the artifact {@code dev.retort:retort-minilm}.
     *
     * @throws IOException if that artifact is not on the class path or its file is damaged
     */
    public static SentenceTransformer loadDefault() throws IOException {
        return loadDefault(LoadSettings.defaults());
    }

    /** Loads the default model with settings of one's own; see {@link #loadDefault()}. */
    public static SentenceTransformer loadDefault(LoadSettings settings) throws IOException {
        Backend backend = Backend.find();
        return open(BundledModel.load(loadOptions(backend, settings)), backend, settings);
    }

    private static SentenceModel.LoadOptions loadOptions(Backend backend, LoadSettings settings) {
        return SentenceModel.LoadOptions.of(backend, settings.precision());
    }

    private static SentenceTransformer open(SentenceModel model, Backend backend, LoadSettings settings)
            throws IOException {
        Tokenizer tokenizer = model.tokenizerFiles().open(Tokenizer::load, Tokenizer::ofJson);
        try {
            tokenizer.requireIdsBelow(model.config().vocabularySize());
            return new SentenceTransformer(model, tokenizer, new Workers(settings.threads(), backend));
        } catch (RuntimeException | Error failure) {
            tokenizer.close();
            throw failure;
        }
    }

    // ---- encoding ----

    /** One text with the default options; see {@link #encode(List, EncodeOptions)}. */
    public Embedding encode(String text) {
        return encode(text, EncodeOptions.defaults());
    }

    /** One text; see {@link #encode(List, EncodeOptions)}. */
    public Embedding encode(String text, EncodeOptions options) {
        return encode(Collections.singletonList(text), options).get(0);
    }

    /** Texts with the default options; see {@link #encode(List, EncodeOptions)}. */
    public List<Embedding> encode(List<String> texts) {
        return encode(texts, EncodeOptions.defaults());
    }

    /**
     * A vector for each text, in the texts' order; none for none.
     *
     * @param texts each not null; the empty text is a text
     * @throws IllegalArgumentException for a null text, with its number; for a prompt name the model does not have; for dimensions beyond
     *     {@link #dimensions()}; for {@code INT8} or {@code UINT8} without ranges and with a single text
     * @throws dev.retort.text.TextTooLongException under {@link TruncationPolicy#ERROR}
     * @throws IllegalStateException if this object is closed
     * @throws CancellationException if the thread is interrupted while it waits
     */
    public List<Embedding> encode(List<String> texts, EncodeOptions options) {
        Recipe recipe = new Recipe(options);
        if (texts.isEmpty()) {
            requireOpen();
            return List.of();
        }
        List<Embedding> floats = whileOpen(() -> embed(texts, recipe));
        CalibrationRanges ranges = options.precision().needsRanges() ? rangesFor(floats, options.calibration()) : null;
        return floats.stream()
                .map(embedding -> embedding.quantize(options.precision(), ranges))
                .toList();
    }

    private static CalibrationRanges rangesFor(List<Embedding> floats, @Nullable CalibrationRanges given) {
        if (given != null) {
            return given;
        }
        if (floats.size() < FEW_VECTORS) {
            LOG.warn(
                    "calibration: ranges taken from {} vectors only; give ranges of a sample of {} or more",
                    floats.size(),
                    FEW_VECTORS);
        }
        return CalibrationRanges.of(floats);
    }

    /**
     * A vector for each text of a stream, in order, computed as the results are asked for: at most a few thousand texts are in memory at a
     * time. The stream is sequential; it reads ahead of what it returns.
     *
     * @throws IllegalArgumentException for {@code INT8} or {@code UINT8} without ranges, and as {@link #encode(List, EncodeOptions)}, there
     *     when the result is asked for; numbers of texts count from the start of the window they are in
     */
    public Stream<Embedding> encode(Stream<String> texts, EncodeOptions options) {
        if (options.precision().needsRanges() && options.calibration() == null) {
            throw new IllegalArgumentException(
                    "calibration: a stream has no ranges of its own, give some for " + options.precision());
        }
        Iterator<Embedding> results = new Windows(texts.iterator(), options);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(results, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(texts::close);
    }

    /** Texts that ask: with the prompt named "query", if the model has one. */
    public List<Embedding> encodeQueries(List<String> texts, EncodeOptions options) {
        return encode(texts, withFirstPromptOf(options, "query"));
    }

    /** Texts that are searched: with the prompt named "document", "passage" or "corpus", the first that the model has. */
    public List<Embedding> encodeDocuments(List<String> texts, EncodeOptions options) {
        return encode(texts, withFirstPromptOf(options, "document", "passage", "corpus"));
    }

    private EncodeOptions withFirstPromptOf(EncodeOptions options, String... names) {
        for (String name : names) {
            if (model.prompts().containsKey(name)) {
                return options.withPromptName(name);
            }
        }
        return options;
    }

    /**
     * Token vectors of each text, in the texts' order: the last hidden states, before pooling. Truncation and prompts as in {@link
     * #encode(List, EncodeOptions)}; a text is never split.
     *
     * @throws IllegalArgumentException also for {@link TruncationPolicy#SPLIT_AVERAGE}
     */
    public List<TokenEmbeddings> encodeTokens(List<String> texts, EncodeOptions options) {
        if (options.truncation() == TruncationPolicy.SPLIT_AVERAGE) {
            throw new IllegalArgumentException("truncation: tokens cannot be averaged, expected TRUNCATE or ERROR");
        }
        Recipe recipe = new Recipe(options);
        return whileOpen(() -> {
            List<Encoding> encodings =
                    tokenizer.encode(recipe.prompt(), texts, model.maxSequenceLength(), options.truncation());
            List<int[]> inputIds = encodings.stream().map(e -> e.inputIds(0)).toList();
            TokenEmbeddings[] results = new TokenEmbeddings[inputIds.size()];
            compute(
                    inputIds,
                    options,
                    fusions -> batch -> batch.hiddenStates(model.encoder(), fusions),
                    (batch, states) -> {
                        for (int i = 0; i < states.size(); i++) {
                            int place = batch.places()[i];
                            results[place] = new TokenEmbeddings(
                                    tokenizer.tokens(inputIds.get(place)),
                                    states.get(i),
                                    encodings.get(place).truncated());
                        }
                    });
            return List.of(results);
        });
    }

    // ---- what the model is ----

    /** E, the width of a vector unless an option cuts it: the model's own, or its truncate dimension. */
    public int dimensions() {
        Integer truncated = model.truncateDimension();
        int full = model.encoder().embeddingSize();
        return truncated == null ? full : Math.min(truncated, full);
    }

    /** The most tokens of a text, the two special ones included. */
    public int maxSequenceLength() {
        return model.maxSequenceLength();
    }

    /** The model's named prompts. */
    public Map<String, String> prompts() {
        return model.prompts();
    }

    /** The similarity the model was trained for; cosine where it does not say. */
    public Similarity similarity() {
        return Similarity.valueOf(model.similarityName().toUpperCase(Locale.ROOT));
    }

    /** What was loaded, ignored and found odd, and the pipeline. */
    public LoadReport report() {
        return model.report();
    }

    /** The worker threads that compute. */
    public int threads() {
        return workers.count();
    }

    /** Ends the worker threads and frees native memory. Waits for running calls; later calls fail. Idempotent. */
    @Override
    public void close() {
        closed = true;
        lifetime.writeLock().lock();
        try {
            workers.close();
            tokenizer.close();
        } finally {
            lifetime.writeLock().unlock();
        }
    }

    // ---- how ----

    /** The options of a call, resolved against the model. */
    private final class Recipe {

        private final EncodeOptions options;
        private final String prompt;
        private final int width;

        Recipe(EncodeOptions options) {
            this.options = options;
            this.prompt = resolvePrompt(options);
            int full = model.encoder().embeddingSize();
            if (options.dimensions() > full) {
                throw new IllegalArgumentException(
                        "dimensions: the model has " + full + ", asked for " + options.dimensions());
            }
            this.width = options.dimensions() > 0 ? options.dimensions() : SentenceTransformer.this.dimensions();
        }

        private String resolvePrompt(EncodeOptions options) {
            if (options.prompt() != null) {
                return options.prompt();
            }
            String name = options.promptName() != null ? options.promptName() : model.defaultPromptName();
            if (name == null) {
                return "";
            }
            String named = model.prompts().get(name);
            if (named == null) {
                throw new IllegalArgumentException("prompt: the model has none named " + name + ", it has "
                        + model.prompts().keySet());
            }
            return named;
        }

        String prompt() {
            return prompt;
        }

        /** Tokens at the start of each text that pooling does not see. */
        int unpooled() {
            return model.includePrompt() ? 0 : tokenizer.promptTokenCount(prompt, model.maxSequenceLength());
        }

        /** The mean of a split text's vectors weighted by their tokens, then cut, then normalised where asked. */
        Embedding finish(Encoding encoding, float[][] chunks) {
            float[] vector = chunks.length == 1 ? chunks[0] : averaged(encoding, chunks);
            if (width < vector.length) {
                vector = Arrays.copyOf(vector, width);
            }
            if (options.normalize()) {
                vector = normalized(vector);
            }
            return Embedding.ofFloats(vector, encoding.tokenCount(), encoding.fullTokenCount(), encoding.truncated());
        }

        private float[] averaged(Encoding encoding, float[][] chunks) {
            double[] sum = new double[chunks[0].length];
            for (int chunk = 0; chunk < chunks.length; chunk++) {
                int tokens = encoding.inputIds(chunk).length;
                for (int e = 0; e < sum.length; e++) {
                    sum[e] += (double) tokens * chunks[chunk][e];
                }
            }
            float[] mean = new float[sum.length];
            for (int e = 0; e < sum.length; e++) {
                mean[e] = (float) (sum[e] / encoding.tokenCount());
            }
            return model.encoder().normalizes() ? normalized(mean) : mean;
        }
    }

    private static float[] normalized(float[] vector) {
        double norm = Math.max(Math.sqrt(Similarity.DOT.of(vector, vector)), Fusions.L2_EPSILON);
        float[] unit = new float[vector.length];
        for (int e = 0; e < vector.length; e++) {
            unit[e] = (float) (vector[e] / norm);
        }
        return unit;
    }

    private List<Embedding> embed(List<String> texts, Recipe recipe) {
        EncodeOptions options = recipe.options;
        List<Encoding> encodings =
                tokenizer.encode(recipe.prompt(), texts, model.maxSequenceLength(), options.truncation());
        List<int[]> inputIds = new ArrayList<>();
        for (Encoding encoding : encodings) {
            for (int chunk = 0; chunk < encoding.chunkCount(); chunk++) {
                inputIds.add(encoding.inputIds(chunk));
            }
        }
        float[][] vectors = new float[inputIds.size()][];
        int unpooled = recipe.unpooled();
        compute(
                inputIds,
                options,
                fusions -> batch -> batch.sentences(model.encoder(), unpooled, fusions),
                (batch, result) -> {
                    for (int i = 0; i < result.rows().length; i++) {
                        vectors[result.places()[i]] = result.rows()[i];
                    }
                });
        List<Embedding> embeddings = new ArrayList<>(encodings.size());
        int next = 0;
        for (Encoding encoding : encodings) {
            float[][] chunks = Arrays.copyOfRange(vectors, next, next + encoding.chunkCount());
            embeddings.add(recipe.finish(encoding, chunks));
            next += encoding.chunkCount();
        }
        return embeddings;
    }

    /** Takes a batch's result, on the caller's thread. */
    @FunctionalInterface
    private interface Collector<T> {
        void collect(Batch batch, T result);
    }

    private record Computed<T>(Batch batch, T result) {}

    /** Computes sequences in batches on the workers and hands over each batch's result as it arrives. */
    private <T> void compute(
            List<int[]> inputIds,
            EncodeOptions options,
            Function<Fusions, Function<Batch, T>> computation,
            Collector<T> collector) {
        int[] lengths = inputIds.stream().mapToInt(ids -> ids.length).toArray();
        List<int[]> places = TokenBudget.ofTokens(batchTokens(lengths, options)).batches(lengths);
        CompletionService<Computed<T>> call = workers.newCall();
        List<Future<Computed<T>>> pending = new ArrayList<>();
        for (int[] batchPlaces : places) {
            Batch batch = new Batch(batchPlaces, inputIds);
            pending.add(call.submit(Workers.inScope(
                    fusions -> new Computed<>(batch, computation.apply(fusions).apply(batch)))));
        }
        long texts = 0;
        long tokens = 0;
        try {
            for (int i = 0; i < pending.size(); i++) {
                Computed<T> computed = Workers.resultOf(call.take());
                collector.collect(computed.batch(), computed.result());
                for (int place : computed.batch().places()) {
                    texts++;
                    tokens += lengths[place];
                }
                if (options.progress() != null) {
                    options.progress().embedded(texts, tokens);
                }
            }
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            throw cancelled(interruption);
        } finally {
            pending.forEach(future -> future.cancel(false)); // nothing is left after a success
        }
    }

    private static CancellationException cancelled(InterruptedException interruption) {
        CancellationException cancelled = new CancellationException("encode: interrupted while waiting for results");
        cancelled.initCause(interruption);
        return cancelled;
    }

    /** The budget, or less where a small call would leave workers idle. */
    private int batchTokens(int[] lengths, EncodeOptions options) {
        long total = Arrays.stream(lengths).asLongStream().sum();
        long share = (total + workers.count() - 1) / workers.count();
        return (int) Math.min(options.batchTokens(), Math.max(share, LEAST_BATCH_TOKENS));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("sentence transformer: already closed");
        }
    }

    @FunctionalInterface
    private interface Call<T> {
        T run();
    }

    private <T> T whileOpen(Call<T> call) {
        requireOpen();
        try {
            lifetime.readLock().lockInterruptibly();
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            throw cancelled(interruption);
        }
        try {
            requireOpen();
            return call.run();
        } finally {
            lifetime.readLock().unlock();
        }
    }

    /** A stream's texts, a window at a time. */
    private final class Windows implements Iterator<Embedding> {

        private final Iterator<String> texts;
        private final EncodeOptions options;
        private Iterator<Embedding> window = Collections.emptyIterator();

        Windows(Iterator<String> texts, EncodeOptions options) {
            this.texts = texts;
            this.options = options;
        }

        @Override
        public boolean hasNext() {
            while (!window.hasNext() && texts.hasNext()) {
                List<String> next = new ArrayList<>();
                long characters = 0;
                while (texts.hasNext() && next.size() < WINDOW_TEXTS && characters < WINDOW_CHARACTERS) {
                    String text = texts.next();
                    next.add(text);
                    characters += text == null ? 0 : text.length();
                }
                window = encode(next, options).iterator();
            }
            return window.hasNext();
        }

        @Override
        public Embedding next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no more texts");
            }
            return window.next();
        }
    }
}
