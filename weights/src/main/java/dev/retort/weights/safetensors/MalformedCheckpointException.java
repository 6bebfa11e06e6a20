package dev.retort.weights.safetensors;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file of a checkpoint breaks a rule of its format, or does not hold what was asked of it. The message is
 * {@code file name: rule broken: values}, after the tensor's name where one is concerned.
 */
public final class MalformedCheckpointException extends IOException {

    private static final long serialVersionUID = 1;

    private final @Nullable Rule rule;

    /**
     * A file that is wrong in a way that is none of the {@link Rule rules} of the container.
     *
     * @param fileName the file's name, without its folder
     * @param problem {@code subject: what is wrong: values}
     */
    public MalformedCheckpointException(String fileName, String problem) {
        super(fileName + ": " + problem);
        this.rule = null;
    }

    MalformedCheckpointException(String fileName, Rule rule, String problem) {
        super(fileName + ": " + problem);
        this.rule = rule;
    }

    MalformedCheckpointException(String fileName, Rule rule, String problem, Throwable cause) {
        super(fileName + ": " + problem, cause);
        this.rule = rule;
    }

    /** The rule of the container that is broken, if it is one of those. */
    public Optional<Rule> rule() {
        return Optional.ofNullable(rule);
    }

    /** The rules of a safetensors file and of the index of a sharded one. */
    public enum Rule {
        /** Less than the 8 bytes of the header's length. {@code HeaderTooSmall} in the Rust library. */
        HEADER_TOO_SMALL,
        /** A header of more than 100,000,000 bytes. {@code HeaderTooLarge}. */
        HEADER_TOO_LARGE,
        /** A header that ends behind the file. {@code InvalidHeaderLength}. */
        INVALID_HEADER_LENGTH,
        /** A header that is not UTF-8. {@code InvalidHeader}. */
        INVALID_HEADER,
        /** A header that is not a JSON object of the prescribed members. {@code InvalidHeaderDeserialization}. */
        INVALID_HEADER_DESERIALIZATION,
        /** A name given twice: a tensor, a member of an entry, a metadata key. The Rust library keeps the last of two tensors. */
        DUPLICATE_NAME,
        /** Tensors that overlap, leave a hole between them, or end before they begin. {@code InvalidOffset}. */
        INVALID_OFFSET,
        /** A shape or a size in bits beyond 2⁶³ - 1. {@code ValidationOverflow}, there beyond 2⁶⁴ - 1. */
        VALIDATION_OVERFLOW,
        /** A tensor of less than eight bits an element that does not fill its last byte. {@code MisalignedSlice}. */
        MISALIGNED_SLICE,
        /** A number of bytes other than dtype and shape make. {@code TensorInvalidInfo}. */
        TENSOR_INVALID_INFO,
        /** The last tensor does not end with the file. {@code MetadataIncompleteBuffer}. */
        METADATA_INCOMPLETE_BUFFER,
        /** A tensor that the index promises is not in its shard. {@code TensorNotFound}. */
        TENSOR_NOT_FOUND,
        /** The index of a sharded checkpoint is not JSON of the prescribed form, or names a file outside its folder. */
        INVALID_INDEX,
        /** A shard that the index names does not exist. */
        MISSING_SHARD
    }
}
