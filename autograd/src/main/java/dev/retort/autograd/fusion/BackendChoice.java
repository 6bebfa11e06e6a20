package dev.retort.autograd.fusion;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which backend computes.
 *
 * @param backend the first one that works here, else the definitions
 * @param definitionsReason why the definitions compute, or null if a backend with fused kernels does
 */
public record BackendChoice(Backend backend, @Nullable String definitionsReason) {

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    /** Chooses. Looks where {@link Backend} was loaded from: the class loader of a pool's thread may not see it. */
    public static BackendChoice make() {
        return among(ServiceLoader.load(Backend.class, Backend.class.getClassLoader()));
    }

    static BackendChoice among(Iterable<Backend> candidates) {
        List<String> refused = new ArrayList<>();
        for (Backend candidate : candidates) {
            String reason = candidate.unsupportedReason();
            if (reason == null) {
                return new BackendChoice(candidate, null);
            }
            refused.add(candidate.name() + ": " + reason);
        }
        return new BackendChoice(
                Backend.definitions(),
                refused.isEmpty()
                        ? "no fused kernels are on the class path: add dev.retort:retort-onednn"
                        : String.join("; ", refused));
    }

    /** Says what computes, and why, in one log line; the first time in a process only. */
    void tell() {
        if (!TOLD.getAndSet(true)) {
            Logger log = LoggerFactory.getLogger(Backend.class);
            log.info("{}", this);
        }
    }

    /** One line: {@code kernels: fused: oneDNN 3.11.0}, or {@code kernels: definitions, which are slow:} and why. */
    @Override
    public String toString() {
        return definitionsReason == null
                ? "kernels: fused: " + backend.name()
                : "kernels: " + backend.name() + ", which are slow: " + definitionsReason;
    }
}
