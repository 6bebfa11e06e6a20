package dev.retort.cli;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.core.TensorLibrary;
import dev.retort.inference.LoadSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** In which numbers a model computes, and on how many threads. */
final class ComputeOptions {

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = WholeNumber.ThreadCount.class,
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

    /**
     * What a model is loaded with.
     *
     * @param folder the model's, or null for the default
     * @throws CommandFailedException if the processor cannot compute so
     */
    LoadSettings settings(@Nullable Path folder) throws IOException, CommandFailedException {
        requireComputable(folder);
        LoadSettings settings = LoadSettings.defaults();
        if (threads != null) {
            settings = settings.withThreads(threads);
        }
        if (compute != null) {
            settings = settings.withPrecision(compute.precision());
        }
        return allowFallback ? settings.withPrecisionFallback() : settings;
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
}
