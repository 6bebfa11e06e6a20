package dev.retort.inference;

import dev.retort.core.Precision;

/**
 * How a model is loaded. Immutable: each {@code with…} returns a changed copy of {@link #defaults()}.
 *
 * @param threads worker threads that compute
 * @param precision the number format the model computes in
 * @param allowPrecisionFallback whether a processor without kernels for that format may compute in float32 instead of refusing to load;
 *     vectors of two precisions are better not mixed in one index
 */
public record LoadSettings(int threads, Precision precision, boolean allowPrecisionFallback) {

    /** Checks the number of threads. */
    public LoadSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected a positive number, got " + threads);
        }
    }

    /** As many threads as the container grants processors, float32. */
    public static LoadSettings defaults() {
        return new LoadSettings(Runtime.getRuntime().availableProcessors(), Precision.F32, false);
    }

    /** Computes on this many threads. */
    public LoadSettings withThreads(int newThreads) {
        return new LoadSettings(newThreads, precision, allowPrecisionFallback);
    }

    /** Computes in this number format; a processor without kernels for it refuses to load. */
    public LoadSettings withPrecision(Precision newPrecision) {
        return new LoadSettings(threads, newPrecision, allowPrecisionFallback);
    }

    /** Computes in float32 where the processor has no kernels for the precision; a log line says so. */
    public LoadSettings withPrecisionFallback() {
        return new LoadSettings(threads, precision, true);
    }
}
