package dev.retort.cli;

import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, and how it runs. */
final class ModelOptions {

    /** The name of the model that comes with the program; a folder of that name is {@code ./default}. */
    static final String DEFAULT = "default";

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            converter = NotEmpty.class,
            description = {
                "A sentence-transformers, DistilBERT or BERT folder, or 'default': the all-MiniLM-L6-v2 that comes with"
                        + " the program, which is also what runs without this option."
            })
    private String model = DEFAULT;

    @Mixin
    private ComputeOptions computing = new ComputeOptions();

    /** As it was given. */
    String name() {
        return model;
    }

    SentenceTransformer load() throws IOException, CommandFailedException {
        if (model.equals(DEFAULT)) {
            return SentenceTransformer.loadDefault(computing.settings(null));
        }
        Path folder = folder(model);
        return SentenceTransformer.load(folder, computing.settings(folder));
    }

    /** The folder, if it is one. */
    static Path folder(String name) throws CommandFailedException {
        try {
            Path folder = Path.of(name);
            if (Files.isDirectory(folder)) {
                return folder;
            }
            throw new CommandFailedException(name + ": "
                    + (Files.exists(folder) ? "not a folder" : "no such folder")
                    + ": give the folder of a sentence-transformers, DistilBERT or BERT model, or 'default'");
        } catch (InvalidPathException e) {
            throw new CommandFailedException(name + ": no such folder: " + e.getMessage(), e);
        }
    }
}
