package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.Precision;
import dev.retort.core.TensorLibrary;
import dev.retort.text.Encoding;
import dev.retort.text.TokenBudget;
import dev.retort.text.Tokenizer;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceModel;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
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
    private static final int LEAST_BATCH_TOKENS = 64; // below it a batch costs more than it saves

    private final SentenceModel model;
    private final Tokenizer tokenizer;
    private final Workers workers;
    private final Lifetime lifetime = new Lifetime("sentence transformer");

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
     * @throws InterruptedIOException if the thread is interrupted; its flag stays set
     * @throws dev.retort.core.NativeLibraryException if a native library does not load on this machine
     */
    public static SentenceTransformer load(Path folder) throws IOException {
        return load(folder, LoadSettings.defaults());
    }

    /**
     * Loads a folder with settings of one's own; see {@link #load(Path)}.
     *
     * @throws IllegalArgumentException if the processor has no kernels for the precision and a fallback is not allowed
     */
    public static SentenceTransformer load(Path folder, LoadSettings settings) throws IOException {
        return open(options -> SentenceModel.load(folder, options), settings);
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
        return open(BundledModel::load, settings);
    }

    /** Where a model comes from. */
    @FunctionalInterface
    private interface ModelLoader {
        SentenceModel load(LoadOptions options) throws IOException;
    }

    private static SentenceTransformer open(ModelLoader loader, LoadSettings settings) throws IOException {
        TensorLibrary.require();
        Backend backend = Backend.find();
        Precision precision = precisionOf(settings, backend);
        try {
            SentenceModel model = loader.load(new LoadOptions(DataType.FLOAT, backend, precision));
            try {
                return new SentenceTransformer(model, tokenizerOf(model), new Workers(settings.threads(), backend));
            } catch (IOException | RuntimeException | Error failure) {
                model.close();
                throw failure;
            }
        } catch (ClosedByInterruptException interruption) { // it has no message
            InterruptedIOException interrupted = new InterruptedIOException("load: interrupted");
            interrupted.initCause(interruption);
            throw interrupted;
        }
    }

    private static Precision precisionOf(LoadSettings settings, Backend backend) {
        String reason = backend.unsupportedReason(settings.precision());
        if (reason == null) {
            return settings.precision();
        }
        if (!settings.allowPrecisionFallback()) {
            throw new IllegalArgumentException("precision: " + settings.precision() + " cannot be computed here: "
                    + reason + "; load in F32, or allow the fallback to it (LoadSettings.withPrecisionFallback)");
        }
        LOG.warn(
                "precision: {} cannot be computed here, computing in {}: {}",
                settings.precision(),
                Precision.F32,
                reason);
        return Precision.F32;
    }

    private static Tokenizer tokenizerOf(SentenceModel model) throws IOException {
        Tokenizer tokenizer = model.tokenizer() instanceof TokenizerFiles.InMemory inMemory
                ? Tokenizer.ofJson(inMemory.json(), inMemory.name())
                : Tokenizer.load(((TokenizerFiles.InFolder) model.tokenizer()).path());
        try {
            tokenizer.requireIdsBelow(model.config().vocabularySize());
            return tokenizer;
        } catch (IOException failure) {
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
        Recipe recipe = new Recipe(model, tokenizer, options);
        if (texts.isEmpty()) {
            lifetime.requireOpen();
            return List.of();
        }
        List<Embedding> floats = lifetime.whileOpen(() -> embed(texts, recipe, options));
        CalibrationRanges ranges = options.precision().needsRanges() ? rangesFor(floats, options.calibration()) : null;
        return floats.stream()
                .map(embedding -> embedding.quantize(options.precision(), ranges))
                .toList();
    }

    private static CalibrationRanges rangesFor(List<Embedding> floats, @Nullable CalibrationRanges given) {
        if (given != null) {
            return given;
        }
        CalibrationRanges own = CalibrationRanges.of(floats);
        if (floats.size() < FEW_VECTORS) {
            LOG.warn(
                    "calibration: ranges taken from {} vectors only; give ranges of a sample of {} or more",
                    floats.size(),
                    FEW_VECTORS);
        }
        return own;
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
        Iterator<Embedding> results = new Windows(texts.iterator(), window -> encode(window, options));
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
        Recipe recipe = new Recipe(model, tokenizer, options);
        return lifetime.whileOpen(() -> {
            List<Encoding> encodings = recipe.tokenize(texts);
            List<int[]> inputIds =
                    encodings.stream().map(encoding -> encoding.inputIds(0)).toList();
            float[][][] states = compute(
                    inputIds,
                    options,
                    float[][][]::new,
                    (batch, fusions) -> batch.hiddenStates(model.encoder(), fusions));
            List<TokenEmbeddings> results = new ArrayList<>(states.length);
            for (int i = 0; i < states.length; i++) {
                results.add(new TokenEmbeddings(
                        tokenizer.tokens(inputIds.get(i)),
                        states[i],
                        encodings.get(i).truncated()));
            }
            return results;
        });
    }

    // ---- what the model is ----

    /** E, the width of a vector unless an option cuts it: the model's own, or its truncate dimension. */
    public int dimensions() {
        return Recipe.width(model);
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
        return Similarity.valueOf(model.similarity().name());
    }

    /** What was loaded, ignored and found odd, and the pipeline. */
    public LoadReport report() {
        return model.report();
    }

    /** The worker threads that compute. */
    public int threads() {
        return workers.count();
    }

    /**
     * Ends the worker threads and frees native memory, the weights included. Waits for running calls; later calls fail. Idempotent.
     *
     * @throws IllegalStateException if called from inside one of its own calls, as by a progress listener
     */
    @Override
    public void close() {
        lifetime.close(() -> {
            workers.close();
            tokenizer.close();
            model.close();
        });
    }

    // ---- how ----

    private List<Embedding> embed(List<String> texts, Recipe recipe, EncodeOptions options) {
        List<Encoding> encodings = recipe.tokenize(texts);
        List<int[]> inputIds = new ArrayList<>(encodings.size());
        for (Encoding encoding : encodings) {
            for (int chunk = 0; chunk < encoding.chunkCount(); chunk++) {
                inputIds.add(encoding.inputIds(chunk));
            }
        }
        int unpooled = recipe.unpooled();
        float[][] vectors = compute(
                inputIds,
                options,
                float[][]::new,
                (batch, fusions) -> batch.sentences(model.encoder(), unpooled, fusions));
        List<Embedding> embeddings = new ArrayList<>(encodings.size());
        int next = 0;
        for (Encoding encoding : encodings) {
            float[][] chunks = Arrays.copyOfRange(vectors, next, next + encoding.chunkCount());
            embeddings.add(recipe.finish(encoding, chunks));
            next += encoding.chunkCount();
        }
        return embeddings;
    }

    /** Computes sequences in batches on the workers; the results come in the sequences' order. */
    private <T> T[] compute(
            List<int[]> inputIds,
            EncodeOptions options,
            IntFunction<T[]> newResults,
            BiFunction<Batch, Fusions, List<T>> computation) {
        T[] results = newResults.apply(inputIds.size());
        int[] lengths = inputIds.stream().mapToInt(ids -> ids.length).toArray();
        List<Batch> batches = TokenBudget.ofTokens(batchTokens(lengths, options)).batches(lengths).stream()
                .map(places -> new Batch(places, inputIds))
                .toList();
        workers.compute(batches, computation, new Workers.Collector<>() {
            private long texts;
            private long tokens;

            @Override
            public void collect(Batch batch, List<T> ofBatch) {
                for (int i = 0; i < ofBatch.size(); i++) {
                    results[batch.place(i)] = ofBatch.get(i);
                }
                texts += ofBatch.size();
                tokens += batch.tokenCount();
                if (options.progress() != null) {
                    options.progress().embedded(texts, tokens);
                }
            }
        });
        return results;
    }

    /** The budget, or less where a small call would leave workers idle. */
    private int batchTokens(int[] lengths, EncodeOptions options) {
        long total = Arrays.stream(lengths).asLongStream().sum();
        long share = (total + workers.count() - 1) / workers.count();
        return (int) Math.min(options.batchTokens(), Math.max(share, LEAST_BATCH_TOKENS));
    }
}
