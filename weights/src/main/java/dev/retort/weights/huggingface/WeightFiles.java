package dev.retort.weights.huggingface;

import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsFile;
import dev.retort.weights.safetensors.ShardedCheckpoint;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the weights of a folder are. */
public final class WeightFiles {

    /** The weights in one file. */
    public static final String SINGLE = "model.safetensors";

    /** The list of several files. */
    public static final String INDEX = "model.safetensors.index.json";

    /** Quantised weights in one file, under a name at which no other software looks: it would take the integers for the weights. */
    public static final String QUANTIZED = "model.int8.safetensors";

    private static final List<String> PICKLES = List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

    private WeightFiles() {}

    /** Whether the folder has weights, readable or not. */
    public static boolean areIn(Path folder) {
        return Files.exists(folder.resolve(SINGLE))
                || Files.exists(folder.resolve(INDEX))
                || Files.exists(folder.resolve(QUANTIZED))
                || PICKLES.stream().anyMatch(pickle -> Files.exists(folder.resolve(pickle)));
    }

    /**
     * Opens model.safetensors or, without it, the files that model.safetensors.index.json lists or, without them, model.int8.safetensors.
     *
     * @throws MalformedCheckpointException if a file breaks the format
     * @throws IOException if there is neither, with what was looked for or how to convert what is there; if a file cannot be read
     */
    public static Checkpoint open(Path folder) throws IOException {
        Path index = folder.resolve(INDEX);
        if (Files.exists(folder.resolve(SINGLE))) {
            return openSingle(folder.resolve(SINGLE));
        }
        if (Files.exists(index)) {
            try {
                return ShardedCheckpoint.open(index);
            } catch (AccessDeniedException e) {
                throw new IOException(INDEX + ": cannot be read, permission denied: " + e.getFile(), e);
            }
        }
        if (Files.exists(folder.resolve(QUANTIZED))) {
            return openSingle(folder.resolve(QUANTIZED));
        }
        for (String pickle : PICKLES) {
            if (Files.exists(folder.resolve(pickle))) {
                throw new IOException(folder + ": has " + pickle
                        + " only, and pickle files, which can run code, are not read; convert it once in Python:"
                        + " AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True)");
            }
        }
        throw new IOException(folder + ": no weights: looked for [" + SINGLE + ", " + INDEX + ", " + QUANTIZED + "]");
    }

    private static Checkpoint openSingle(Path file) throws IOException {
        try {
            return SafetensorsFile.open(file);
        } catch (AccessDeniedException e) {
            throw new IOException(file.getFileName() + ": cannot be read, permission denied: " + file, e);
        }
    }
}
