package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import org.jspecify.annotations.Nullable;

/** Computes with the definitions: float32 and float64, on every platform. */
final class DefinitionsBackend implements Backend {

    static final DefinitionsBackend INSTANCE = new DefinitionsBackend();

    private DefinitionsBackend() {}

    @Override
    public String name() {
        return "definitions";
    }

    @Override
    public @Nullable String unsupportedReason() {
        return null;
    }

    @Override
    public @Nullable String unsupportedReason(Precision precision) {
        return precision == Precision.F32
                ? null
                : "the definitions compute in float32, got " + precision
                        + "; a backend with kernels for it is not on the class path";
    }

    @Override
    public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
        String reason = unsupportedReason(precision);
        if (reason != null) {
            throw new IllegalArgumentException("precision: " + reason);
        }
        return new Weight.Plain(matrix, bias);
    }

    @Override
    public Fusions open(Workspace workspace) {
        return Fusions.definitions();
    }
}
