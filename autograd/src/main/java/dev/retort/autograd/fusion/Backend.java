package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What computes: prepares weights once and opens one {@link Fusions} per workspace. Implementations are found by {@code ServiceLoader};
 * without one the definitions compute.
 */
public interface Backend {

    /** The name for logs and diagnostics. */
    String name();

    /** Why this backend cannot work here (processor, library), or null if it can. */
    @Nullable
    String unsupportedReason();

    /** Why weights cannot be prepared in a precision here, or null if they can. */
    default @Nullable String unsupportedReason(Precision precision) {
        return precision == Precision.F32 ? null : name() + " computes in float32 only";
    }

    /**
     * Brings a linear layer's weight into the form the kernels want. The result is immutable. Unless it is a {@link Weight.Plain}, it
     * holds a copy of the matrix in that form: then the given matrix may be closed. The given bias must live on.
     *
     * @param matrix W, (out, in)
     * @param bias b, (out), or null
     */
    Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision);

    /**
     * Prepares layers that read the same input, as query, key and value do, so that they can be computed as one.
     *
     * @param weights of equal shapes
     * @return one prepared weight each, in their order
     */
    default List<Weight> prepareJointly(List<Weight.Plain> weights, Precision precision) {
        List<Weight> prepared = new ArrayList<>();
        for (Weight.Plain weight : weights) {
            prepared.add(prepare(weight.matrix(), weight.bias(), precision));
        }
        return prepared;
    }

    /** The functions for one worker. */
    Fusions open(Workspace workspace);

    /** What several workers need to compute one text together, or null if each text takes a single worker. To be closed. */
    default @Nullable SharedRows openSharedRows() {
        return null;
    }

    /** The backend that computes with the definitions. */
    static Backend definitions() {
        return DefinitionsBackend.INSTANCE;
    }

    /**
     * The first backend that works here, else the definitions; says which, and why, in one log line. Looks where this interface was loaded
     * from: the class loader of a pool's thread may not see it.
     */
    static Backend find() {
        Logger log = LoggerFactory.getLogger(Backend.class);
        for (Backend candidate : ServiceLoader.load(Backend.class, Backend.class.getClassLoader())) {
            String reason = candidate.unsupportedReason();
            if (reason == null) {
                log.info("backend: {}", candidate.name());
                return candidate;
            }
            log.info("backend: {} is not used: {}", candidate.name(), reason);
        }
        log.info(
                "backend: {}: no other one on the class path works here",
                definitions().name());
        return definitions();
    }
}
