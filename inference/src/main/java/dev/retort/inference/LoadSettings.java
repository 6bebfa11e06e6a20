package dev.retort.inference;

import dev.retort.core.Precision;

/**
 * How a model is loaded. Immutable: each {@code with…} returns a changed copy of {@link #defaults()}.
 *
 * @param threads worker threads that compute
 * @param precision the number format the model computes in
 */
public record LoadSettings(int threads, Precision precision) {

    /** Checks the number of threads. */
    public LoadSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected a positive number, got " + threads);
        }
    }

    /** As many threads as the container grants processors, float32. */
    public static LoadSettings defaults() {
        return new LoadSettings(Runtime.getRuntime().availableProcessors(), Precision.F32);
    }

    /** Computes on this many threads. */
    public LoadSettings withThreads(int newThreads) {
        return new LoadSettings(newThreads, precision);
    }

    /** Computes in this number format. */
    public LoadSettings withPrecision(Precision newPrecision) {
        return new LoadSettings(threads, newPrecision);
    }
}
