package dev.retort.train.checkpoint;

import dev.retort.core.Tensors;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of checkpoints, {@code step-00000120.safetensors} and so on, of which the newest few are kept.
 *
 * <p>A checkpoint is one file, so it is there whole or not at all, whatever ends the process: tensors in float32 or float64, and a JSON
 * text in the file's metadata under {@value #STATE}. One process at a time writes.
 */
public final class CheckpointFolder {

    /** The metadata's key of the JSON text. */
    public static final String STATE = "retort.training";

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
    private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})\\.safetensors");
    private static final Pattern UNFINISHED = Pattern.compile("\\.retort-.*\\.tmp");

    private final Path folder;
    private final int kept;

    /**
     * @param folder is created with the first checkpoint
     * @param kept how many to keep, at least one
     */
    public CheckpointFolder(Path folder, int kept) {
        if (kept < 1) {
            throw new IllegalArgumentException("checkpoints: expected to keep at least 1, got " + kept);
        }
        this.folder = folder;
        this.kept = kept;
    }

    /**
     * Writes a checkpoint and then removes those beyond the newest few, and what an earlier process left unfinished.
     *
     * @param step names it; one of the same step is replaced
     * @param json the text
     * @param tensors what else is in the file
     * @return the file
     * @throws IOException if the disk fails; the checkpoints before are untouched
     */
    public Path write(long step, String json, SafetensorsWriter tensors) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(String.format(Locale.ROOT, "step-%08d.safetensors", step));
        tensors.metadata(STATE, json).write(file);
        removeOlder();
        return file;
    }

    /**
     * Adds a tensor to what will be written.
     *
     * @param tensor float32 or float64, row-major; not to be changed before it is written
     */
    public static void add(SafetensorsWriter writer, String name, INDArray tensor) {
        writer.tensor(name, type(name, tensor), tensor.shape(), channel -> {
            for (ByteBuffer bytes : TensorBytes.viewAll(tensor)) {
                channel.write(bytes);
            }
        });
    }

    private static DType type(String name, INDArray tensor) {
        if (!Tensors.isRowMajor(tensor)) {
            throw new IllegalArgumentException("checkpoint: tensor " + name + ": is not row-major");
        }
        if (tensor.dataType() != DataType.FLOAT && tensor.dataType() != DataType.DOUBLE) {
            throw new IllegalArgumentException(
                    "checkpoint: tensor " + name + ": expected FLOAT or DOUBLE, got " + tensor.dataType());
        }
        return tensor.dataType() == DataType.FLOAT ? DType.F32 : DType.F64;
    }

    private void removeOlder() throws IOException {
        List<Path> files = newestFirst();
        for (Path old : files.subList(Math.min(kept, files.size()), files.size())) {
            Files.deleteIfExists(old);
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path left : (Iterable<Path>) all.filter(CheckpointFolder::isUnfinished)::iterator) {
                Files.deleteIfExists(left);
            }
        }
    }

    private static boolean isUnfinished(Path file) {
        return UNFINISHED.matcher(String.valueOf(file.getFileName())).matches();
    }

    /**
     * Opens the newest checkpoint that reads well, or gives null if there is none. A newer one that does not is passed over with a warning.
     *
     * @return to be closed
     * @throws IOException if the folder cannot be read, or there are checkpoints and not one of them reads
     */
    public @Nullable Checkpoint openLatest() throws IOException {
        IOException failure = null;
        for (Path file : newestFirst()) {
            try {
                return open(file);
            } catch (IOException e) {
                LOG.warn("checkpoint {} is passed over: {}", file, e.getMessage());
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return null;
    }

    /** All checkpoints, the newest first. */
    public List<Path> newestFirst() throws IOException {
        List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return files;
        }
        try (Stream<Path> all = Files.list(folder)) {
            all.filter(file -> step(file) >= 0).forEach(files::add);
        }
        files.sort(Comparator.comparingLong(CheckpointFolder::step).reversed());
        return files;
    }

    private static long step(Path file) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }

    /**
     * Opens one checkpoint.
     *
     * @return to be closed
     * @throws MalformedCheckpointException if the file is not a checkpoint of a training run
     * @throws IOException if it cannot be read
     */
    public static Checkpoint open(Path file) throws IOException {
        Checkpoint checkpoint = Checkpoint.open(file);
        if (!checkpoint.metadata().containsKey(STATE)) {
            checkpoint.close();
            throw new MalformedCheckpointException(
                    String.valueOf(file.getFileName()), "is no checkpoint of a training run: metadata has no " + STATE);
        }
        return checkpoint;
    }

    /** The JSON text of a checkpoint. */
    public static String json(Checkpoint checkpoint) {
        return Objects.requireNonNull(checkpoint.metadata().get(STATE), STATE);
    }

    /**
     * A tensor of a checkpoint.
     *
     * @param type FLOAT or DOUBLE
     * @return a new tensor
     * @throws MalformedCheckpointException if it is not there or has another shape
     */
    public static INDArray read(Checkpoint checkpoint, String name, DataType type, long... shape)
            throws MalformedCheckpointException {
        ParameterTensor wanted = ParameterTensor.of(name, name, shape);
        return TensorParameters.of(TensorSet.of(checkpoint), List.of(wanted), type)
                .load(name, shape);
    }
}
