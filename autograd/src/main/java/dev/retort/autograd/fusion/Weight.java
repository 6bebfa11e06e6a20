package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import org.jspecify.annotations.Nullable;

/**
 * The matrix and bias of a linear layer, as a backend wants them. {@link Backend#prepare} may reorder, narrow or quantise them and return
 * its own kind; {@link Plain} is the kind that the definitions read.
 */
public interface Weight {

    /** W, (out, in). A weight in a form of its own restores it at every call, which costs a copy. */
    Variable matrix();

    /** b, (out), or null where the layer has none. */
    @Nullable
    Variable bias();

    /** Frees what this form holds beside its variables; it must not compute any more. Idempotent. */
    default void close() {}

    /** The number of outputs. */
    default long outputSize() {
        return matrix().size(0);
    }

    /**
     * A weight as the checkpoint has it.
     *
     * @param matrix W, (out, in)
     * @param bias b, (out), or null
     */
    record Plain(Variable matrix, @Nullable Variable bias) implements Weight {}
}
