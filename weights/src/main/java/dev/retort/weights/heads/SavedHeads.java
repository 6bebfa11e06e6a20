package dev.retort.weights.heads;

import dev.retort.core.ParameterSource;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.TensorSet;
import dev.retort.weights.safetensors.AtomicFile;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsFile;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The heads of a model folder: {@value #WEIGHTS}, tensors {@code heads.TASK.hidden.*} and {@code heads.TASK.output.*} in float32, matrices
 * (out, in); and {@value #DESCRIPTION}, which says what they answer. {@code docs/heads.md} has the format.
 */
public final class SavedHeads implements AutoCloseable {

    /** The file of the tensors. */
    public static final String WEIGHTS = "heads.safetensors";

    /** The file that names tasks and labels. It is written last: with it, the heads are there. */
    public static final String DESCRIPTION = "heads.json";

    private final HeadsDescription description;
    private final SafetensorsFile file;

    private SavedHeads(HeadsDescription description, SafetensorsFile file) {
        this.description = description;
        this.file = file;
    }

    /** Whether the folder has heads. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(DESCRIPTION));
    }

    /**
     * Opens the heads of a folder.
     *
     * @throws MalformedCheckpointException if a file is not what it should be, with file, key and value
     * @throws IOException if a file is absent or cannot be read
     */
    public static SavedHeads open(Path folder) throws IOException {
        HeadsDescription description = HeadsDescription.read(folder.resolve(DESCRIPTION), DESCRIPTION);
        Path weights = folder.resolve(WEIGHTS);
        try {
            description.requireWeights(weights, WEIGHTS);
            return new SavedHeads(description, SafetensorsFile.open(weights));
        } catch (NoSuchFileException e) {
            throw new IOException(WEIGHTS + ": no such file: " + weights + ", which " + DESCRIPTION + " describes", e);
        } catch (AccessDeniedException e) {
            throw new IOException(WEIGHTS + ": cannot be read, permission denied: " + weights, e);
        }
    }

    /**
     * Writes heads into a model folder, in place of those that are there. Each of the two files is there in full or not at all; of a pair
     * that was half replaced {@link #open} says so.
     *
     * @param folder exists
     * @param embeddingSize E, the width of the sentence vectors that enter
     * @param parameters gives the value of each parameter by its name: {@code MultiTaskModel::value}
     * @param training where they come from, in words of one's own: data, seed, epochs, accuracies
     */
    public static void write(
            Path folder,
            List<ClassificationTask> tasks,
            int embeddingSize,
            Function<String, INDArray> parameters,
            Map<String, String> training)
            throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (ParameterTensor parameter : HeadsDescription.parameters(tasks, embeddingSize)) {
            INDArray value = parameters.apply(parameter.parameter());
            long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
            writer.floats(
                    parameter.tensor(),
                    value.castTo(DataType.FLOAT).dup('c').data().asFloat(),
                    shape);
        }
        try {
            writer.write(folder.resolve(WEIGHTS));
            HeadsDescription.write(
                    folder.resolve(DESCRIPTION), tasks, embeddingSize, folder.resolve(WEIGHTS), WEIGHTS, training);
        } catch (AccessDeniedException e) {
            throw new IOException(folder + ": cannot be written, permission denied: " + e.getFile(), e);
        }
    }

    /**
     * Copies the heads of one model folder into another, as they are.
     *
     * @param from has heads
     * @throws MalformedCheckpointException if they are not what they should be
     * @throws IOException if a file cannot be read or written
     */
    public static void copy(Path from, Path to) throws IOException {
        open(from).close(); // damage is not passed on
        for (String name : List.of(WEIGHTS, DESCRIPTION)) {
            byte[] content = Files.readAllBytes(from.resolve(name));
            AtomicFile.write(to.resolve(name), channel -> channel.write(ByteBuffer.wrap(content)));
        }
    }

    /** What they answer, in the order in which they were given. */
    public List<ClassificationTask> tasks() {
        return description.tasks();
    }

    /** E, the width of the sentence vectors that enter. */
    public int embeddingSize() {
        return description.embeddingSize();
    }

    /** Where they come from, in the words of who trained them. */
    public Map<String, String> training() {
        return description.training();
    }

    /**
     * Their parameters, named {@code heads.TASK.*}. Every tensor is checked here and read when asked for.
     *
     * @throws MalformedCheckpointException if tensors are missing, wrong or of no task, with their names
     */
    public ParameterSource parameters(DataType dataType) throws MalformedCheckpointException {
        List<ParameterTensor> wanted = HeadsDescription.parameters(tasks(), embeddingSize());
        List<String> names = wanted.stream().map(ParameterTensor::tensor).toList();
        List<String> others = file.tensors().stream()
                .map(tensor -> tensor.name())
                .filter(name -> !names.contains(name))
                .toList();
        if (!others.isEmpty()) {
            throw new MalformedCheckpointException(
                    WEIGHTS,
                    "tensors of none of the tasks "
                            + tasks().stream().map(ClassificationTask::name).toList() + ": " + others);
        }
        return TensorParameters.of(TensorSet.of(file), wanted, dataType);
    }

    @Override
    public void close() {
        file.close();
    }
}
