package dev.retort.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class CheckpointFolderTest {

    @TempDir
    Path folder;

    @Test
    void write_tensorsOfBothTypesAndText_readBackToTheBit() throws IOException {
        INDArray floats = RandomTensors.normal(DataType.FLOAT, 1, 700, 800); // more than one write
        INDArray doubles = RandomTensors.normal(DataType.DOUBLE, 2, 5);
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 2);
        SafetensorsWriter writer = new SafetensorsWriter();
        CheckpointFolder.add(writer, "a", floats);
        CheckpointFolder.add(writer, "b.c", doubles);

        Path file = checkpoints.write(12, "{\"epoch\":1}", writer);

        assertThat(file).hasFileName("step-00000012.safetensors");
        try (Checkpoint saved = checkpoints.openLatest()) {
            assertThat(CheckpointFolder.json(saved)).isEqualTo("{\"epoch\":1}");
            assertThat(CheckpointFolder.read(saved, "a", DataType.FLOAT, 700, 800)
                            .toFloatMatrix())
                    .isDeepEqualTo(floats.toFloatMatrix());
            assertThat(CheckpointFolder.read(saved, "b.c", DataType.DOUBLE, 5).toDoubleVector())
                    .isEqualTo(doubles.toDoubleVector());
        }
    }

    @Test
    void write_moreThanAreKept_removesTheOldestAndWhatWasLeftUnfinished() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 2);
        Files.writeString(folder.resolve(".retort-1234.tmp"), "half");
        Files.writeString(folder.resolve("notes.txt"), "mine");

        for (long step : new long[] {5, 100_000_000, 7}) {
            checkpoints.write(step, "{}", new SafetensorsWriter());
        }

        assertThat(names())
                .containsExactlyInAnyOrder("step-100000000.safetensors", "step-00000007.safetensors", "notes.txt");
    }

    @Test
    void openLatest_newestIsDamaged_givesTheOneBefore() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder, 3);
        checkpoints.write(1, "{\"step\":1}", new SafetensorsWriter());
        checkpoints.write(2, "{\"step\":2}", new SafetensorsWriter());
        Files.write(folder.resolve("step-00000002.safetensors"), new byte[] {1, 2, 3});

        try (Checkpoint saved = checkpoints.openLatest()) {
            assertThat(CheckpointFolder.json(saved)).isEqualTo("{\"step\":1}");
        }
    }

    @Test
    void openLatest_allAreDamaged_saysWhatIsWrongWithTheNewest() throws IOException {
        Files.write(folder.resolve("step-00000002.safetensors"), new byte[] {1, 2, 3});

        assertThatThrownBy(() -> new CheckpointFolder(folder, 1).openLatest())
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("step-00000002.safetensors");
    }

    @Test
    void openLatest_noFolder_isNull() throws IOException {
        assertThat(new CheckpointFolder(folder.resolve("none"), 1).openLatest()).isNull();
    }

    @Test
    void open_weightsFile_saysThatItIsNoCheckpoint() throws IOException {
        Path file = folder.resolve("step-00000001.safetensors");
        new SafetensorsWriter().floats("w", new float[] {1}, 1).write(file);

        assertThatThrownBy(() -> CheckpointFolder.open(file))
                .hasMessage(
                        "step-00000001.safetensors: is no checkpoint of a training run: metadata has no retort.training");
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
