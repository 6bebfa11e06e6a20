package dev.retort.inference;

import dev.retort.core.Precision;
import org.jspecify.annotations.Nullable;

/**
 * What computes a loaded model.
 *
 * @param kernels name and version of the fused kernels' library, or {@code definitions}
 * @param precision the number format it computes in
 * @param fallbackReason why that is not the one that was asked for, or null if it is
 * @param threads how many compute at once at most
 */
public record ModelRuntime(
        String kernels, Precision precision, @Nullable String fallbackReason, int threads) {

    /** Whether it computes in another number format than was asked for. */
    public boolean isFallback() {
        return fallbackReason != null;
    }
}
