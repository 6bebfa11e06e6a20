package dev.retort.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a trained model lies. */
final class TrainedFolder {

    private TrainedFolder() {}

    /**
     * A model folder; for a run's folder, the model in it.
     *
     * @param name as it was given, or null for the last run that named no folder
     */
    static Path of(@Nullable String name) throws CommandFailedException {
        if (name == null) {
            Path last = new RunFolder(RunFolder.DEFAULT).model();
            if (!Files.isDirectory(last)) {
                throw new CommandFailedException(
                        last + ": no such folder: train a model with retort train, or name one" + " with --model");
            }
            return last;
        }
        try {
            Path folder = Path.of(name);
            if (!Files.isDirectory(folder)) {
                throw new CommandFailedException(
                        name + ": " + (Files.exists(folder) ? "not a folder" : "no such folder")
                                + ": give the model folder that retort train wrote");
            }
            Path inRun = new RunFolder(folder).model();
            return Files.isRegularFile(folder.resolve("run.json")) && Files.isDirectory(inRun) ? inRun : folder;
        } catch (InvalidPathException e) {
            throw new CommandFailedException(name + ": no such folder: " + e.getMessage(), e);
        }
    }
}
