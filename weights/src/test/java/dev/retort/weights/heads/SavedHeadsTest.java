package dev.retort.weights.heads;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import dev.retort.core.ParameterSource;
import dev.retort.core.RandomTensors;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** E = 5; topic: inner 7, C = 3; mood: C = 2. */
class SavedHeadsTest {

    private static final List<ClassificationTask> TASKS = List.of(
            new ClassificationTask(
                    "topic",
                    List.of("Technology", "Sciencé", "Other"),
                    new HeadShape.FeedForward(7, Activation.GELU, 0.25)),
            new ClassificationTask("mood", List.of("good", "bad"), new HeadShape.Linear(0.1)));

    private static final Map<String, INDArray> PARAMETERS = new TreeMap<>(Map.of(
            "heads.topic.hidden.weight", RandomTensors.normal(DataType.FLOAT, 1, 7, 5),
            "heads.topic.hidden.bias", RandomTensors.normal(DataType.FLOAT, 2, 7),
            "heads.topic.output.weight",
                    RandomTensors.normal(DataType.FLOAT, 3, 7, 3).transpose(),
            "heads.topic.output.bias", RandomTensors.normal(DataType.FLOAT, 4, 3),
            "heads.mood.output.weight", RandomTensors.normal(DataType.FLOAT, 5, 2, 5),
            "heads.mood.output.bias", RandomTensors.normal(DataType.FLOAT, 6, 2)));

    @TempDir
    private Path folder;

    private void write() throws IOException {
        SavedHeads.write(folder, TASKS, 5, PARAMETERS::get, Map.of("seed", "7"));
    }

    private void replaceInDescription(String from, String to) throws IOException {
        Path file = folder.resolve(SavedHeads.DESCRIPTION);
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }

    @Test
    void open_whatWasWritten_isTheSame() throws IOException {
        assertThat(SavedHeads.areIn(folder)).isFalse();
        write();

        assertThat(SavedHeads.areIn(folder)).isTrue();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("heads.json", "heads.safetensors");
        }
        try (SavedHeads heads = SavedHeads.open(folder)) {
            assertThat(heads.tasks()).isEqualTo(TASKS);
            assertThat(heads.embeddingSize()).isEqualTo(5);
            assertThat(heads.training()).containsExactly(Map.entry("seed", "7"));
            ParameterSource source = heads.parameters(DataType.FLOAT);
            PARAMETERS.forEach((name, value) -> assertThat(source.load(name, value.shape()))
                    .hasType(DataType.FLOAT)
                    .isIdenticalTo(value));
        }
    }

    @Test
    void write_again_replacesBothFiles() throws IOException {
        write();
        SavedHeads.write(folder, TASKS.subList(1, 2), 5, PARAMETERS::get, Map.of());

        try (SavedHeads heads = SavedHeads.open(folder)) {
            assertThat(heads.tasks()).isEqualTo(TASKS.subList(1, 2));
            assertThat(heads.parameters(DataType.FLOAT).load("heads.mood.output.bias", 2))
                    .isIdenticalTo(PARAMETERS.get("heads.mood.output.bias"));
        }
    }

    @Test
    void copy_toAnotherFolder_isTheSameToTheByte(@TempDir Path other) throws IOException {
        write();

        SavedHeads.copy(folder, other);

        for (String file : List.of(SavedHeads.WEIGHTS, SavedHeads.DESCRIPTION)) {
            assertThat(other.resolve(file)).hasSameBinaryContentAs(folder.resolve(file));
        }
    }

    @Test
    void copy_ofDamagedHeads_isRefused(@TempDir Path other) throws IOException {
        write();
        replaceInDescription("\"Other\"", "\"Sciencé\"");

        assertThatThrownBy(() -> SavedHeads.copy(folder, other)).isInstanceOf(MalformedCheckpointException.class);
        assertThat(other).isEmptyDirectory();
    }

    @Test
    void open_tensorsOfAnotherSaving_isRefused() throws IOException {
        write();
        new SafetensorsWriter()
                .floats("heads.mood.output.bias", new float[2], 2)
                .write(folder.resolve(SavedHeads.WEIGHTS));

        assertThatThrownBy(() -> SavedHeads.open(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("heads.safetensors: is not the file that heads.json describes: sha256 is ")
                .hasMessageEndingWith("; save the heads again");
    }

    @Test
    void open_withoutTensors_saysWhatWasLookedFor() throws IOException {
        write();
        Files.delete(folder.resolve(SavedHeads.WEIGHTS));

        assertThatThrownBy(() -> SavedHeads.open(folder))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("heads.safetensors: no such file: ")
                .hasMessageEndingWith(", which heads.json describes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"retort-classification-heads\" | \"other\" | heads.json: format: expected retort-classification-heads, got other",
                "\"version\" : 1 | \"version\" : 2 | heads.json: version: expected 1, got 2; it needs a newer Retort",
                "\"embedding_size\" | \"width\" | heads.json: unknown keys: [width], known are [embedding_size, format, sha256, tasks, training, version, weights]",
                "\"dropout\" : 0.25 | \"dropout\" : 1 | heads.json: tasks 0: dropout: expected a probability in [0, 1), got 1.0",
                "\"dropout\" : 0.25 | \"dropOut\" : 1 | heads.json: tasks 0: unknown keys: [dropOut], known are [activation, dropout, hidden_size, labels, name]",
                "\"gelu\" | \"selu\" | heads.json: tasks 0: activation: expected one of [gelu, relu, tanh], got selu",
                "\"hidden_size\" : 7 | \"hidden_size\" : 0 | heads.json: tasks 0: hidden_size: expected a positive integer, got 0",
                "\"bad\" | \"good\" | heads.json: tasks 1: task mood: expected different labels, got [good, good]",
                "\"mood\" | \"topic\" | heads.json: tasks: two are named topic",
                "\"seed\" : \"7\" | \"seed\" : 7 | heads.json: training: seed: expected a text, got 7",
            })
    void open_descriptionThatIsWrong_namesKeyAndValue(String from, String to, String message) throws IOException {
        write();
        replaceInDescription(from, to);

        assertThatThrownBy(() -> SavedHeads.open(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(message);
    }

    @Test
    void parameters_shapesThatTheDescriptionDoesNotHave_areRefused() throws IOException {
        write();
        replaceInDescription("\"hidden_size\" : 7", "\"hidden_size\" : 8");
        try (SavedHeads heads = SavedHeads.open(folder)) {
            assertThatThrownBy(() -> heads.parameters(DataType.FLOAT))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessage("heads.safetensors: parameter heads.topic.hidden.weight: expected (8, 5), file has"
                            + " (7, 5) as heads.topic.hidden.weight");
        }
        replaceInDescription("\"mood\"", "\"feeling\"");
        try (SavedHeads heads = SavedHeads.open(folder)) {
            assertThatThrownBy(() -> heads.parameters(DataType.FLOAT))
                    .hasMessage("heads.safetensors: tensors of none of the tasks [topic, feeling]:"
                            + " [heads.mood.output.bias, heads.mood.output.weight]");
        }
    }
}
