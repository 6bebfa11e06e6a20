package dev.retort.core;

import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's native library: loaded once for the process, with a message that helps where it does not load. */
public final class TensorLibrary {

    private static final String PROCESS_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";
    private static final String INTRODUCTION = "org.nd4j.log.initialization";

    private static boolean loaded;

    private TensorLibrary() {}

    /**
     * Loads the library, if it is not loaded yet.
     *
     * <p>JavaCPP refuses native memory once the whole process holds several times the Java heap's limit; a model lies outside the heap, so
     * that a small heap would make the second text fail. The limit is lifted unless the application has set one.
     *
     * <p>ND4J's log of the machine it finds is off, whatever {@code org.nd4j.log.initialization} says: for it ND4J looks functions up in every
     * library of the process ({@code Loader.addressof}), which waits forever for a thread that loads a library at the same moment, and that
     * thread for it. The property is as it was afterwards.
     *
     * @throws NativeLibraryException if it cannot be, with platform, cause and remedy
     */
    public static void require() {
        begin();
        require(TensorLibrary::load);
    }

    private static synchronized void load() {
        if (loaded) {
            return;
        }
        String before = System.setProperty(INTRODUCTION, "false");
        try {
            Nd4j.getBackend();
            loaded = true;
        } finally {
            if (before == null) {
                System.clearProperty(INTRODUCTION);
            } else {
                System.setProperty(INTRODUCTION, before);
            }
        }
    }

    /**
     * Starts JavaCPP, through which this library and others come into the process. Once this has returned, several threads may load such
     * libraries side by side, this one by {@link #require()}. Before, they may wait for each other forever: the class that one thread initialises needs the lock under which
     * another thread loads a library that needs the class.
     *
     * @throws NativeLibraryException as {@link #require()}
     */
    public static void begin() {
        require(JavaCpp::start);
    }

    /** Starts once; whoever else asks meanwhile waits. */
    private static final class JavaCpp {

        static {
            if (System.getProperty(PROCESS_LIMIT) == null
                    && System.getProperty(PROCESS_LIMIT.toLowerCase(Locale.ROOT)) == null) {
                System.setProperty(PROCESS_LIMIT, "0");
            }
            Pointer.maxBytes(); // initialises the class of all pointers
            Loader.totalProcessors(); // and the loader's native part
        }

        private JavaCpp() {}

        static void start() {}
    }

    /**
     * ND4J looks for its parts through the thread's class loader, and keeps the one it meets first. In the common pool of an application
     * that is packed as one jar, and in pool threads of application servers, that loader does not see them.
     */
    static void require(Runnable loading) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try {
            thread.setContextClassLoader(Nd4j.class.getClassLoader());
            loading.run();
        } catch (LinkageError | RuntimeException failure) {
            throw new NativeLibraryException(
                    "tensor library: nd4jcpu of org.nd4j:nd4j-native:1.0.0-M2.1",
                    failure,
                    "it needs Linux with glibc 2.17 or newer (x86_64, arm64), macOS or Windows, not musl (Alpine Linux:"
                            + " take an image with glibc); the build fetches one platform, for another one give"
                            + " -Djavacpp.platform=PLATFORM (such as linux-arm64); if it could not be unpacked, set"
                            + " -Dorg.bytedeco.javacpp.cachedir to a folder that can be written to and executed from");
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
