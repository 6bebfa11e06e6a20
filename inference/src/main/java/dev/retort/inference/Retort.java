package dev.retort.inference;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The library itself: which one it is, and what it runs on. */
public final class Retort {

    private static final String VERSION_FILE = "version.properties"; // filled in by the build

    private Retort() {}

    /** The version of this library. */
    public static String version() {
        return Release.VERSION;
    }

    /** Read when somebody asks. */
    private static final class Release {
        static final String VERSION = read();

        private static String read() {
            try (InputStream in = Retort.class.getResourceAsStream(VERSION_FILE)) {
                if (in == null) {
                    throw new IllegalStateException(VERSION_FILE + ": missing from the jar: build it again");
                }
                Properties properties = new Properties();
                properties.load(in);
                return properties.getProperty("retort");
            } catch (IOException e) {
                throw new UncheckedIOException(VERSION_FILE + ": cannot be read: " + e.getMessage(), e);
            }
        }
    }

    /**
     * What computes on this machine, and why: versions, processor, threads, kernels. For logs, reports of faults, and to find out why
     * something is slow. Runs a small model once in each precision, which takes some tenths of a second.
     *
     * @throws dev.retort.core.NativeLibraryException if the tensor library does not load on this machine
     * @throws java.util.concurrent.CancellationException if the thread is interrupted while it waits
     */
    public static Diagnostics diagnostics() {
        return RuntimeSurvey.take();
    }
}
