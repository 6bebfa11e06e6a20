package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * As {@link #prepareJointly} in {@link Precision#INT8}, of matrices that are in whole numbers already: with the same bits as their
     * originals give there. The result holds copies: then the given matrices may be closed. The given biases must live on.
     *
     * @param weights of equal shapes; layers that read the same input, or one alone
     * @return one prepared weight each, in their order
     * @throws IllegalArgumentException if int8 cannot be computed here
     */
    default List<Weight> prepareQuantized(List<QuantizedWeight> weights) {
        throw new IllegalArgumentException("precision: " + name() + " takes no weights in whole numbers");
    }

    /**
     * Brings a table of vectors, of which rows are looked up, into the form the kernels want: its numbers where the precision is float32, in
     * the narrower ones rounded to bfloat16.
     *
     * @param table (rows, H), without a gradient in the narrower precisions
     * @return the same, or a copy: then the given table may be closed
     */
    default Variable prepareTable(Variable table, Precision precision) {
        return table;
    }

    /** The functions for one worker. */
    Fusions open(Workspace workspace);

    /** What several workers need to compute one text together, or null if each text takes a single worker. To be closed. */
    default @Nullable SharedRows openSharedRows() {
        return null;
    }

    /** What the processor can do, as the kernels' library sees it, or null where there is none. */
    default @Nullable String instructionSet() {
        return null;
    }

    /**
     * What computes a small model of usual shape in a precision, function by function, for diagnostics. The functions are run for it.
     *
     * @return none where the definitions compute, or nothing can
     */
    default List<Kernel> kernels(Precision precision) {
        return List.of();
    }

    /** The backend that computes with the definitions. */
    static Backend definitions() {
        return DefinitionsBackend.INSTANCE;
    }

    /** The first backend that works here, else the definitions: {@link BackendChoice}. One log line of a process says which, and why. */
    static Backend find() {
        BackendChoice choice = BackendChoice.make();
        choice.tell();
        return choice.backend();
    }
}
