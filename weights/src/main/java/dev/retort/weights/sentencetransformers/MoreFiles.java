package dev.retort.weights.sentencetransformers;

import java.io.IOException;
import java.nio.file.Path;

/** Writes files of another kind into a model's folder while it is written. */
@FunctionalInterface
public interface MoreFiles {

    /** @param folder has the model's files and another name than it will have */
    void writeTo(Path folder) throws IOException;
}
