package dev.retort.weights.bundled;

import dev.retort.weights.LoadOptions;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceModel;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URL;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The default model: sentence-transformers/all-MiniLM-L6-v2, a BERT of 6 layers and 384 dimensions, folded into a DistilBERT; mean pooling,
 * vectors of unit length, texts of at most {@value #MAX_SEQUENCE_LENGTH} tokens.
 *
 * <p>It comes with the artifact {@value #ARTIFACT}, as ONNX. The first load writes it as a sentence-transformers folder into the user's
 * cache; later ones read it there. The cache is {@code $XDG_CACHE_HOME/retort} or {@code ~/.cache/retort}, {@code ~/Library/Caches/retort}
 * on macOS, {@code %LOCALAPPDATA%\retort} on Windows. The system property {@value #CACHE_PROPERTY}, or else the environment variable
 * {@value #CACHE_VARIABLE}, names another folder; {@code none} is no cache. Where the folder can be neither found nor written, the model is
 * unpacked in memory at each load, and a warning says so once.
 */
public final class BundledModel {

    /** The name on the Hugging Face hub, without its owner. */
    public static final String NAME = "all-MiniLM-L6-v2";

    /** From the model's own sentence_bert_config.json; its tokenizer.json says 128, its tokenizer_config.json 512. */
    public static final int MAX_SEQUENCE_LENGTH = 256;

    /** The dependency that brings the model. */
    public static final String ARTIFACT = "dev.retort:retort-minilm";

    /** The system property that names the cache's folder. */
    public static final String CACHE_PROPERTY = "retort.cache";

    /** The environment variable that names the cache's folder where the property does not. */
    public static final String CACHE_VARIABLE = "RETORT_CACHE";

    /** Counts up when cached folders are written differently. */
    static final int FORMAT = 1;

    static final String ONNX = "all-minilm-l6-v2.onnx";
    static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

    private static final Logger LOG = LoggerFactory.getLogger(BundledModel.class);
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private BundledModel() {}

    /**
     * Loads the model.
     *
     * @throws FileNotFoundException if it is not on the class path; the message names the artifact to add
     * @throws IOException if it cannot be read
     */
    public static SentenceModel load(LoadOptions options) throws IOException {
        try (SentenceCheckpoint checkpoint = open()) {
            return checkpoint.load(options);
        }
    }

    /** As {@link #load}, to be loaded or trained from later. */
    public static SentenceCheckpoint open() throws IOException {
        ModelSource source = source();
        Optional<Path> cache;
        try {
            cache = CacheRoot.ofThisProcess().folder();
        } catch (NoSuchFileException e) {
            warnOnce(e.getFile(), String.valueOf(e.getReason()));
            return source.read();
        }
        return open(source, cache, FORMAT);
    }

    static SentenceCheckpoint open(ModelSource source, Optional<Path> cache, int format) throws IOException {
        if (cache.isEmpty()) {
            return source.read();
        }
        Path folder;
        try {
            folder = new ModelCache(cache.get(), format).prepare(source);
        } catch (MalformedCheckpointException | ClosedByInterruptException e) { // neither is the cache's fault
            throw e;
        } catch (IOException e) {
            warnOnce(cache.get().toString(), reasonOf(e));
            return source.read();
        }
        return SentenceCheckpoint.open(folder);
    }

    private static void warnOnce(String cache, String reason) {
        if (WARNED.compareAndSet(false, true)) {
            LOG.warn(
                    "default model: cannot be cached, so it is unpacked in memory at every load: {}: {}; name a writable "
                            + "folder by -D{}=FOLDER or {}=FOLDER, or none",
                    cache,
                    reason,
                    CACHE_PROPERTY,
                    CACHE_VARIABLE);
        }
    }

    /** A file system's exception has only the path for a message where its class says what is wrong. */
    private static String reasonOf(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    private static ModelSource source() throws FileNotFoundException {
        return new ModelSource(NAME, resource(ONNX), resource(TOKENIZER), MAX_SEQUENCE_LENGTH);
    }

    private static URL resource(String name) throws FileNotFoundException {
        URL url = find(BundledModel.class.getClassLoader(), name);
        if (url == null) {
            url = find(Thread.currentThread().getContextClassLoader(), name);
        }
        if (url == null) {
            throw new FileNotFoundException("default model: not on the class path: " + name + ": add the dependency "
                    + ARTIFACT + ", or load a model folder of your own");
        }
        return url;
    }

    private static @Nullable URL find(@Nullable ClassLoader loader, String name) {
        return loader == null ? null : loader.getResource(name);
    }

    /** Lets the next failure of a cache be said again; for tests. */
    static void forgetWarning() {
        WARNED.set(false);
    }
}
