package dev.retort.cli;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.core.TensorLibrary;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model, and how it runs. */
final class ModelOptions {

    /** The name of the model that comes with the program; a folder of that name is {@code ./default}. */
    static final String DEFAULT = "default";

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            description = {
                "A sentence-transformers, DistilBERT or BERT folder, or 'default': the all-MiniLM-L6-v2 that comes with"
                        + " the program, which is also what runs without this option."
            })
    private String model = DEFAULT;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = PositiveNumber.class,
            description = "Threads that compute; as many as there are processors unless given.")
    private @Nullable Integer threads;

    @Option(
            names = "--compute",
            paramLabel = "TYPE",
            description =
                    "The numbers that the model computes in: ${COMPLETION-CANDIDATES}; unless given f32, or what 'retort"
                            + " quantize' wrote the folder for. The narrower ones are faster and their vectors a little"
                            + " different: do not mix them in one index.")
    private @Nullable ComputeChoice compute;

    @Option(
            names = "--allow-fallback",
            description =
                    "Compute in f32, with a warning, where the processor cannot compute in --compute, or in what the"
                            + " folder was written for, instead of failing.")
    private boolean allowFallback;

    /** As it was given. */
    String name() {
        return model;
    }

    SentenceTransformer load() throws IOException, CommandFailedException {
        LoadSettings settings = LoadSettings.defaults();
        if (threads != null) {
            settings = settings.withThreads(threads);
        }
        if (compute != null) {
            settings = settings.withPrecision(compute.precision());
        }
        if (allowFallback) {
            settings = settings.withPrecisionFallback();
        }
        if (model.equals(DEFAULT)) {
            requireComputable(null);
            return SentenceTransformer.loadDefault(settings);
        }
        Path folder = folder(model);
        requireComputable(folder);
        return SentenceTransformer.load(folder, settings);
    }

    /**
     * Loading would refuse too, in the words of the library.
     *
     * @param folder the model's, or null for the default
     */
    private void requireComputable(@Nullable Path folder) throws IOException, CommandFailedException {
        if (compute == ComputeChoice.F32 || allowFallback || (compute == null && folder == null)) {
            return;
        }
        TensorLibrary.require();
        Backend backend = Backend.find();
        if (compute != null) {
            String reason = backend.unsupportedReason(compute.precision());
            if (reason != null) {
                throw new CommandFailedException("--compute " + compute + ": " + notComputable(reason));
            }
        } else if (folder != null
                && Arrays.stream(Precision.values()).anyMatch(p -> backend.unsupportedReason(p) != null)) {
            try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
                String reason = backend.unsupportedReason(checkpoint.precision());
                if (reason != null) {
                    throw new CommandFailedException(folder + ": is written for "
                            + ComputeChoice.name(checkpoint.precision()) + ", which " + notComputable(reason));
                }
            }
        }
    }

    private static String notComputable(String reason) {
        return "cannot be computed here: " + reason + ": use --compute f32, or add --allow-fallback";
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
