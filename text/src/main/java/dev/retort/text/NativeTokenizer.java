package dev.retort.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.retort.core.NativeLibraryException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Hugging Face's tokenizer library, in native code: loaded without the network, closed while nobody uses it, and with its exceptions
 * put into our words.
 */
final class NativeTokenizer implements AutoCloseable {

    /** What tokenizer.json says about both is ignored: it is what was in force when the file was saved. */
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "do_not_truncate", "padding", "do_not_pad", "addSpecialTokens", "true");

    private static final Object LOADING = new Object();

    private final HuggingFaceTokenizer tokenizer;
    private final String source;
    private final ReadWriteLock lock = new ReentrantReadWriteLock(); // a use of a freed tokenizer would end the JVM

    /** How the library comes to a tokenizer; tests put failures here. */
    @FunctionalInterface
    interface Opener {
        HuggingFaceTokenizer open(byte[] json) throws IOException;
    }

    private NativeTokenizer(HuggingFaceTokenizer tokenizer, String source) {
        this.tokenizer = tokenizer;
        this.source = source;
    }

    /**
     * @param json the contents of a tokenizer.json
     * @param source its name, for messages
     * @throws MalformedTokenizerException if the library refuses the contents
     * @throws NativeLibraryException if the library itself cannot be loaded
     */
    static NativeTokenizer open(byte[] json, String source) throws MalformedTokenizerException {
        return open(json, source, bytes -> HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), OPTIONS));
    }

    static NativeTokenizer open(byte[] json, String source, Opener opener) throws MalformedTokenizerException {
        try {
            return new NativeTokenizer(openOffline(json, opener), source);
        } catch (EngineException | LinkageError | AssertionError e) {
            throw libraryFailure(e);
        } catch (RuntimeException | IOException e) {
            throw new MalformedTokenizerException(source + ": not a tokenizer: " + e.getMessage(), e);
        }
    }

    /**
     * DJL asks the network three times: whether it runs on a cloud machine, for a count of its users, and for a CUDA build of the
     * library where it sees a graphics card. The CPU build is in the jar, and we want none of the three. It also looks for its own
     * files through the thread's class loader, which in pool threads of application servers does not see them.
     */
    private static HuggingFaceTokenizer openOffline(byte[] json, Opener opener) throws IOException {
        synchronized (LOADING) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            try (var offline = new TemporaryProperty("ai.djl.offline", "true");
                    var optOut = new TemporaryProperty("OPT_OUT_TRACKING", "true")) {
                thread.setContextClassLoader(HuggingFaceTokenizer.class.getClassLoader());
                return opener.open(json);
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static NativeLibraryException libraryFailure(Throwable failure) {
        return new NativeLibraryException(
                "tokenizer library: " + System.mapLibraryName("tokenizers") + " of ai.djl.huggingface:tokenizers",
                failure,
                "the jar has it for Linux with glibc (x86_64, aarch64), macOS (aarch64) and Windows (x86_64); on another"
                        + " platform (Alpine Linux, an old glibc, macOS on Intel) build it and set RUST_LIBRARY_PATH to"
                        + " its folder; if it could not be unpacked or mapped, set DJL_CACHE_DIR to a folder that can"
                        + " be written to and executed from");
    }

    /** The word pieces of a text, and nothing around them. The text has no half characters. */
    WordPieces pieces(String text) {
        Encoding encoding = encode(text, false);
        return new WordPieces(ids(encoding), encoding.getWordIds());
    }

    /** The ids that stand around every text, in order. */
    int[] specialIds() {
        return ids(encode("", true));
    }

    private Encoding encode(String text, boolean specialTokens) {
        Lock use = lock.readLock();
        use.lock();
        try {
            if (tokenizer.isReleased()) {
                throw new IllegalStateException("tokenizer: closed: " + source);
            }
            return encodeOpen(text, specialTokens);
        } finally {
            use.unlock();
        }
    }

    /** One text at a time: the library's batches are no faster, and run on threads of its own. */
    private Encoding encodeOpen(String text, boolean specialTokens) {
        try {
            return tokenizer.encode(text, specialTokens, false);
        } catch (RuntimeException e) { // the native side throws nothing more specific
            throw new IllegalStateException(source + ": cannot tokenize: " + e.getMessage(), e);
        }
    }

    private static int[] ids(Encoding encoding) {
        long[] wide = encoding.getIds();
        int[] ids = new int[wide.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(wide[i]);
        }
        return ids;
    }

    /** Waits for the texts in work. */
    @Override
    public void close() {
        Lock alone = lock.writeLock();
        alone.lock();
        try {
            tokenizer.close();
        } finally {
            alone.unlock();
        }
    }
}
