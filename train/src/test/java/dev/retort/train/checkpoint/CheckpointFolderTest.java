package dev.retort.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class CheckpointFolderTest {

    private static final Map<String, INDArray> NONE = Map.of();

    @TempDir
    Path folder;

    @Test
    void write_tensorsOfBothTypesAndText_readBackToTheBit() throws IOException {
        INDArray floats = RandomTensors.normal(DataType.FLOAT, 1, 700, 800); // more than one write
        INDArray doubles = RandomTensors.normal(DataType.DOUBLE, 2, 5);
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 2);

        checkpoints.write(12, "{\"epoch\":1}", Map.of("a", floats, "b.c", doubles));
        CheckpointFolder.Saved saved = checkpoints.latest();

        assertThat(saved).isNotNull();
        assertThat(saved.step()).isEqualTo(12);
        assertThat(saved.json()).isEqualTo("{\"epoch\":1}");
        assertThat(saved.tensors()).containsOnlyKeys("a", "b.c");
        assertThat(saved.tensors().get("a").toFloatMatrix()).isDeepEqualTo(floats.toFloatMatrix());
        assertThat(saved.tensors().get("b.c").toDoubleVector()).isEqualTo(doubles.toDoubleVector());
    }

    @Test
    void write_moreThanAreKept_removesTheOldestAndWhatWasLeftUnfinished() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 2);
        Files.writeString(folder.resolve(".retort-1234.tmp"), "half");
        Files.writeString(folder.resolve("notes.txt"), "mine");

        for (long step : new long[] {5, 100_000_000, 7}) {
            checkpoints.write(step, "{}", NONE);
        }

        assertThat(names())
                .containsExactlyInAnyOrder("step-100000000.safetensors", "step-00000007.safetensors", "notes.txt");
    }

    @Test
    void latest_newestIsDamaged_givesTheOneBefore() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 3);
        checkpoints.write(1, "{\"step\":1}", NONE);
        checkpoints.write(2, "{\"step\":2}", NONE);
        Files.write(folder.resolve("step-00000002.safetensors"), new byte[] {1, 2, 3});

        CheckpointFolder.Saved saved = checkpoints.latest();

        assertThat(saved).isNotNull();
        assertThat(saved.json()).isEqualTo("{\"step\":1}");
    }

    @Test
    void latest_allAreDamaged_saysWhatIsWrongWithTheNewest() throws IOException {
        Files.write(folder.resolve("step-00000002.safetensors"), new byte[] {1, 2, 3});

        assertThatThrownBy(() -> new CheckpointFolder(folder, 1).latest())
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("step-00000002.safetensors");
    }

    @Test
    void latest_noFolder_isNull() throws IOException {
        assertThat(new CheckpointFolder(folder.resolve("none"), 1).latest()).isNull();
    }

    @Test
    void read_weightsFile_saysThatItIsNoCheckpoint() throws IOException {
        Path file = folder.resolve("step-00000001.safetensors");
        new SafetensorsWriter().floats("w", new float[] {1}, 1).write(file);

        assertThatThrownBy(() -> CheckpointFolder.read(file))
                .hasMessage(
                        "step-00000001.safetensors: is no checkpoint of a training run: metadata has no retort.training");
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
