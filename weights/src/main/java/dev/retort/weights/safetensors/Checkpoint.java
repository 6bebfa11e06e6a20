package dev.retort.weights.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Named tensors in files, read without loading the files. Safe for use by several threads.
 *
 * <p>Methods that take a {@link TensorEntry} take one of {@link #tensors()} and throw {@link IllegalArgumentException} for any other,
 * for elements outside the tensor or the target, and for a type they cannot read. After {@link #close()} they, and only they, throw
 * {@link IllegalStateException}.
 */
public interface Checkpoint extends AutoCloseable {

    /**
     * Opens a model's weights.
     *
     * @param path a folder with {@code model.safetensors} (which is preferred) or {@code model.safetensors.index.json} and its shards, or
     *     one file: an index if its name ends in {@code .json}, else a safetensors file
     * @throws MalformedCheckpointException if a file breaks a rule of its format
     * @throws NoSuchFileException if there is no such file
     * @throws IOException if a file cannot be read
     */
    static Checkpoint open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return path.toString().endsWith(".json") ? ShardedCheckpoint.open(path) : SafetensorsFile.open(path);
        }
        Path single = path.resolve("model.safetensors");
        Path index = path.resolve("model.safetensors.index.json");
        if (Files.exists(single)) {
            return SafetensorsFile.open(single);
        }
        if (Files.exists(index)) {
            return ShardedCheckpoint.open(index);
        }
        throw new NoSuchFileException(
                path.toString(), null, "holds neither " + single.getFileName() + " nor " + index.getFileName());
    }

    /** The file, or the index, that was opened. */
    Path path();

    /** All tensors, in the order in which they lie in the file, shard after shard. */
    List<TensorEntry> tensors();

    /** The tensor of that name. */
    Optional<TensorEntry> tensor(String name);

    /** The texts that the files carry beside the tensors: {@code {"format": "pt"}} at least, where PyTorch wrote them. */
    Map<String, String> metadata();

    /**
     * Copies elements, widened from BOOL (0 or 1), integers, F16, BF16, F32; F64, I32, U32, I64 and U64 are rounded to the nearest float,
     * an F64 beyond the range of float to an infinity.
     *
     * @param tensor the tensor
     * @param firstElement the first element to copy, row-major
     * @param target gets the elements
     * @param offset the place of the first of them
     * @param count how many
     */
    void readFloats(TensorEntry tensor, long firstElement, float[] target, int offset, int count);

    /** As {@link #readFloats}, to doubles: exact for all but I64 and U64, which are rounded to the nearest double. */
    void readDoubles(TensorEntry tensor, long firstElement, double[] target, int offset, int count);

    /** As {@link #readFloats}, from BOOL and integers only; a U64 beyond 2⁶³ - 1 is refused. */
    void readLongs(TensorEntry tensor, long firstElement, long[] target, int offset, int count);

    /**
     * A view of a tensor's bytes, whatever its type.
     *
     * @param tensor the tensor
     * @param byteOffset the first byte, counted from the tensor's first
     * @param length how many, at most {@link SafetensorsFile#MAX_SLICE_BYTES}
     * @return read-only, little-endian, position 0; valid also after {@link #close()}
     */
    ByteBuffer slice(TensorEntry tensor, long byteOffset, int length);

    /**
     * The first element that is not a number or infinite; none for integers. Reads the tensor up to there.
     *
     * @param tensor of a type that {@link #readDoubles} reads
     */
    OptionalLong firstNonFinite(TensorEntry tensor);

    /** Ends reading. */
    @Override
    void close();
}
