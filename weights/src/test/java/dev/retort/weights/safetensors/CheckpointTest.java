package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir
    Path folder;

    private Path index() throws IOException {
        new SafetensorsWriter().floats("sharded", new float[1], 1).write(folder.resolve("one.safetensors"));
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"sharded\":\"one.safetensors\"}}");
    }

    private Path single() throws IOException {
        Path path = folder.resolve("model.safetensors");
        new SafetensorsWriter().floats("single", new float[1], 1).write(path);
        return path;
    }

    @Test
    void open_folder_prefersTheSingleFile() throws IOException {
        Path index = index();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.path()).isEqualTo(index);
            assertThat(checkpoint.tensor("sharded")).isPresent();
        }
        Path single = single();
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.path()).isEqualTo(single);
            assertThat(checkpoint.tensor("single")).isPresent();
        }
    }

    @Test
    void open_file_isToldByItsName() throws IOException {
        for (Path path : new Path[] {index(), single()}) {
            try (Checkpoint checkpoint = Checkpoint.open(path)) {
                assertThat(checkpoint.path()).isEqualTo(path);
                assertThat(checkpoint.tensors()).hasSize(1);
            }
        }
    }

    @Test
    void open_folderWithoutWeights_saysWhatWasLookedFor() {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(folder + ": holds neither model.safetensors nor model.safetensors.index.json");
    }
}
