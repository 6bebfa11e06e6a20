package dev.retort.inference;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.text.Encoding;
import dev.retort.text.TruncationPolicy;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceModel;
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
import java.util.function.Function;
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

    private final SentenceModel model;
    private final ModelTokenizer tokenizer;
    private final Workers workers;
    private final ModelRuntime runtime;
    private final Lifetime lifetime = new Lifetime("sentence transformer");

    private SentenceTransformer(SentenceModel model, ModelTokenizer tokenizer, Workers workers, ModelRuntime runtime) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.workers = workers;
        this.runtime = runtime;
    }

    /**
     * Loads a sentence-transformers folder or a Hugging Face DistilBERT or BERT folder, in float32 or in the precision that {@code retort
     * quantize} wrote it for, with as many threads as there are processors.
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
        return open(() -> SentenceCheckpoint.open(folder), settings);
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
        return open(BundledModel::open, settings);
    }

    /** Where a model comes from. */
    @FunctionalInterface
    private interface CheckpointOpener {
        SentenceCheckpoint open() throws IOException;
    }

    /** The native libraries, the files and the tokenizer side by side; then the weights, in the form the libraries want. */
    private static SentenceTransformer open(CheckpointOpener opener, LoadSettings settings) throws IOException {
        NativeLoading libraries = NativeLoading.start();
        try (SentenceCheckpoint checkpoint = opener.open()) {
            ModelTokenizer tokenizer = ModelTokenizer.open(checkpoint);
            try {
                Backend backend = libraries.await();
                ModelRuntime runtime = runtimeFor(settings, checkpoint, backend);
                SentenceModel model = checkpoint.load(new LoadOptions(DataType.FLOAT, backend, runtime.precision()));
                int fewestTokens = Gang.fewestTokens(model.encoder().encoder().config(), runtime.precision());
                Workers workers = new Workers(settings.threads(), backend, fewestTokens);
                return new SentenceTransformer(model, tokenizer, workers, runtime);
            } catch (IOException | RuntimeException | Error failure) {
                tokenizer.close();
                throw failure;
            }
        } catch (ClosedByInterruptException interruption) { // it has no message
            InterruptedIOException interrupted = new InterruptedIOException("load: interrupted");
            interrupted.initCause(interruption);
            throw interrupted;
        }
    }

    private static ModelRuntime runtimeFor(LoadSettings settings, SentenceCheckpoint checkpoint, Backend backend) {
        Precision asked = settings.precision();
        Precision precision = asked == null ? checkpoint.precision() : asked;
        String reason = backend.unsupportedReason(precision);
        if (reason == null) {
            return new ModelRuntime(backend.name(), precision, null, settings.threads());
        }
        if (!settings.allowPrecisionFallback()) {
            throw new IllegalArgumentException("precision: " + precision
                    + (asked == null ? ", which the model's folder is written for," : "") + " cannot be computed here: "
                    + reason + "; load in F32, or allow the fallback to it (LoadSettings.withPrecisionFallback)");
        }
        LOG.warn("precision: {} cannot be computed here, computing in {}: {}", precision, Precision.F32, reason);
        return new ModelRuntime(backend.name(), Precision.F32, reason, settings.threads());
    }

    // ---- encoding ----

    /** One text with the default options; see {@link #encode(List, EncodeOptions)}. */
    public Embedding encode(String text) {
        return encode(text, EncodeOptions.defaults());
    }

    /** One text; see {@link #encode(List, EncodeOptions)}. */
    public Embedding encode(String text, EncodeOptions options) {
        Recipe recipe = new Recipe(model, tokenizer, options);
        Embedding floats = lifetime.whileOpen(() -> embedOne(Collections.singletonList(text), recipe, options));
        return options.precision() == OutputPrecision.FLOAT
                ? floats
                : quantize(List.of(floats), options).get(0);
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
        return quantize(lifetime.whileOpen(() -> embed(texts, recipe, options)), options);
    }

    private static List<Embedding> quantize(List<Embedding> floats, EncodeOptions options) {
        if (options.precision() == OutputPrecision.FLOAT) {
            return Collections.unmodifiableList(floats);
        }
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
            List<TokenEmbeddings> results = new ArrayList<>(texts.size());
            List<float[][][]> states = new ArrayList<>();
            List<Slice> slices = run(texts, recipe, options, slice -> {
                float[][][] ofSlice = new float[slice.sequences().size()][][];
                states.add(ofSlice);
                return (batch, divisible) -> new TokensTask(batch, model.encoder(), ofSlice);
            });
            for (int s = 0; s < slices.size(); s++) {
                Slice slice = slices.get(s);
                for (int i = 0; i < slice.encodings().size(); i++) {
                    results.add(new TokenEmbeddings(
                            tokenizer.tokens(slice.sequences().get(i)),
                            states.get(s)[i],
                            slice.encodings().get(i).truncated()));
                }
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

    /** What computes: kernels, precision, and whether it is the one that was asked for. */
    public ModelRuntime runtime() {
        return runtime;
    }

    /** How many threads compute at once at most. */
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

    // ---- for classification ----

    /** E, the width that the pipeline gives, whatever the model's truncate dimension says. */
    int fullDimensions() {
        return model.encoder().embeddingSize();
    }

    /** Computes tasks on the workers and waits for them. */
    void compute(List<Task> tasks) {
        lifetime.whileOpen(() -> {
            Call call = new Call();
            try {
                workers.submitLast(call, tasks);
                for (int open = tasks.size(); open > 0; open--) {
                    workers.take(call);
                }
                return tasks;
            } catch (RuntimeException | Error failure) {
                workers.giveUp(call);
                throw failure;
            }
        });
    }

    // ---- how ----

    /** The shortest way: nothing is sorted, and the workers that are idle divide the text. */
    private Embedding embedOne(List<String> text, Recipe recipe, EncodeOptions options) {
        Encoding encoding = recipe.tokenize(text, 0, 1).get(0);
        if (encoding.chunkCount() > 1) {
            return embed(text, recipe, options).get(0);
        }
        float[][] vectors = new float[1][];
        Batch batch = Batch.ofOne(encoding.inputIds(0));
        Call call = new Call();
        try {
            Task task = new SentenceTask(batch, true, model.encoder(), recipe.unpooled(), vectors);
            workers.submitLast(call, List.of(task));
            workers.take(call);
        } catch (RuntimeException | Error failure) {
            workers.giveUp(call);
            throw failure;
        }
        if (options.progress() != null) {
            options.progress().embedded(1, batch.tokenCount());
        }
        return recipe.finish(encoding, vectors);
    }

    private List<Embedding> embed(List<String> texts, Recipe recipe, EncodeOptions options) {
        int unpooled = recipe.unpooled();
        List<float[][]> vectors = new ArrayList<>();
        List<Slice> slices = run(texts, recipe, options, slice -> {
            float[][] ofSlice = new float[slice.sequences().size()][];
            vectors.add(ofSlice);
            return (batch, divisible) -> new SentenceTask(batch, divisible, model.encoder(), unpooled, ofSlice);
        });
        List<Embedding> embeddings = new ArrayList<>(texts.size());
        for (int s = 0; s < slices.size(); s++) {
            int next = 0;
            for (Encoding encoding : slices.get(s).encodings()) {
                float[][] chunks = Arrays.copyOfRange(vectors.get(s), next, next + encoding.chunkCount());
                embeddings.add(recipe.finish(encoding, chunks));
                next += encoding.chunkCount();
            }
        }
        return embeddings;
    }

    /** Computes texts on the workers, who begin while later texts are still being tokenized here. */
    private List<Slice> run(
            List<String> texts, Recipe recipe, EncodeOptions options, Function<Slice, Slice.Maker> makers) {
        List<Slice> slices = new ArrayList<>();
        Call call = new Call();
        Done done = new Done(options.progress());
        try {
            int open = 0;
            for (int from = 0; from < texts.size(); ) {
                int to = Slice.end(from, texts.size());
                Slice slice = new Slice(recipe.tokenize(texts, from, to));
                slices.add(slice);
                List<Task> tasks = slice.tasks(options.batchTokens(), workers.count(), makers.apply(slice));
                open += tasks.size();
                if (to == texts.size()) {
                    workers.submitLast(call, tasks);
                } else {
                    tasks.forEach(task -> workers.submit(call, task));
                }
                for (Task task = call.poll(); task != null; task = call.poll()) {
                    done.add(task);
                    open--;
                }
                from = to;
            }
            for (; open > 0; open--) {
                done.add(workers.take(call));
            }
        } catch (RuntimeException | Error failure) {
            workers.giveUp(call);
            throw failure;
        }
        return slices;
    }

    /** How far a call has come. */
    private static final class Done {

        private final @Nullable ProgressListener listener;
        private long texts;
        private long tokens;

        Done(@Nullable ProgressListener listener) {
            this.listener = listener;
        }

        void add(Task task) {
            texts += task.batch().sequenceCount();
            tokens += task.batch().tokenCount();
            if (listener != null) {
                listener.embedded(texts, tokens);
            }
        }
    }
}
