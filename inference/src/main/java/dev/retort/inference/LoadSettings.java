package dev.retort.inference;

import dev.retort.core.Precision;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded. Immutable: each {@code with…} returns a changed copy of {@link #defaults()}.
 *
 * @param threads how many compute at once at most: workers, or callers while workers are idle
 * @param precision the number format the model computes in, or null for the model's own: float32, unless {@code retort quantize} or {@link
 *     dev.retort.weights.sentencetransformers.SentenceCheckpoint#write(java.nio.file.Path,
 *     dev.retort.weights.sentencetransformers.ExistingFolder, Precision)} wrote its folder in another
 * @param allowPrecisionFallback whether a processor without kernels for that format may compute in float32 instead of refusing to load;
 *     vectors of two precisions are better not mixed in one index
 */
public record LoadSettings(int threads, @Nullable Precision precision, boolean allowPrecisionFallback) {

    /** Checks the number of threads. */
    public LoadSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected a positive number, got " + threads);
        }
    }

    /** As many threads as the container grants processors, the model's own precision. */
    public static LoadSettings defaults() {
        return new LoadSettings(Runtime.getRuntime().availableProcessors(), null, false);
    }

    /** Computes on this many threads. */
    public LoadSettings withThreads(int newThreads) {
        return new LoadSettings(newThreads, precision, allowPrecisionFallback);
    }

    /**
     * Computes in this number format; a processor without kernels for it refuses to load. A folder that is quantised otherwise is brought to it,
     * which gives back nothing of what it has lost: the report says so.
     */
    public LoadSettings withPrecision(@Nullable Precision newPrecision) {
        return new LoadSettings(threads, newPrecision, allowPrecisionFallback);
    }

    /** Computes in float32 where the processor has no kernels for the precision; a log line says so. */
    public LoadSettings withPrecisionFallback() {
        return new LoadSettings(threads, precision, true);
    }
}
