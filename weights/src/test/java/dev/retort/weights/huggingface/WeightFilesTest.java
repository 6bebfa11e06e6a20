package dev.retort.weights.huggingface;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.weights.Permissions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFilesTest {

    @TempDir
    private Path folder;

    @Test
    void open_pickleOnly_saysHowToConvert() throws IOException {
        Files.write(folder.resolve("pytorch_model.bin"), new byte[8]);
        assertThatThrownBy(() -> WeightFiles.open(folder))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + ": has pytorch_model.bin only, and pickle files, which can run code, are not read;"
                        + " convert it once in Python:"
                        + " AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True)");
    }

    @Test
    void open_nothing_saysWhatWasLookedFor() {
        assertThatThrownBy(() -> WeightFiles.open(folder))
                .hasMessage(folder + ": no weights: looked for [model.safetensors, model.safetensors.index.json,"
                        + " model.int8.safetensors]");
    }

    @Test
    void open_forbidden_saysSo() throws IOException {
        Path file = Files.write(folder.resolve("model.safetensors"), new byte[8]);
        Permissions.forbidReading(file);
        assertThatThrownBy(() -> WeightFiles.open(folder))
                .hasMessage("model.safetensors: cannot be read, permission denied: " + file);
    }
}
