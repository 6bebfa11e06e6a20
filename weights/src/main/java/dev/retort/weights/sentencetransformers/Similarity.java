package dev.retort.weights.sentencetransformers;

import dev.retort.weights.JsonFile;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.Arrays;
import java.util.Locale;

/** How a model's authors want two of its vectors compared. */
public enum Similarity {
    /** u·v / (‖u‖ ‖v‖), also where nothing is said. */
    COSINE,
    /** u·v. */
    DOT,
    /** -‖u - v‖₂. */
    EUCLIDEAN,
    /** -‖u - v‖₁. */
    MANHATTAN;

    /** The name in config_sentence_transformers.json. */
    String fileName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Similarity in(JsonFile file, String key) throws MalformedCheckpointException {
        String name = file.findText(key);
        if (name == null) {
            return COSINE;
        }
        for (Similarity similarity : values()) {
            if (similarity.fileName().equals(name)) {
                return similarity;
            }
        }
        throw new MalformedCheckpointException(
                file.name(),
                key + ": expected one of "
                        + Arrays.stream(values()).map(Similarity::fileName).toList() + ", got \"" + name + "\"");
    }
}
