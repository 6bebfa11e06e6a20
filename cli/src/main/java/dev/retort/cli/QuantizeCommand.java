package dev.retort.cli;

import dev.retort.core.Precision;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.TensorSet;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.heads.SavedHeads;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code retort quantize}: a model's weights in bfloat16 or int8, as a folder of their own. */
@Command(
        name = "quantize",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Writes a model with narrower weights, as a folder that loads without the original.",
            "",
            "int8: linear layers in 8-bit integers with a scale for each output, about a quarter to a third of the size;"
                    + " only Retort reads it. bf16: half the size; a DistilBERT folder that Python reads too. Embedding"
                    + " tables are bfloat16 in both, all else float32. The folder is computed in that precision unless"
                    + " --compute says otherwise, with the vectors that --compute gives of the original. Vectors of two"
                    + " precisions do not belong in one index."
        },
        footer = {
            "",
            "Examples:",
            "  retort quantize default ./minilm-int8 --precision int8",
            "  retort quantize ./my-model ./my-model-bf16 --precision bf16"
        })
final class QuantizeCommand implements Callable<Integer> {

    /** What the weights become. */
    enum PrecisionChoice {
        INT8(Precision.INT8),
        BF16(Precision.BF16);

        private final Precision precision;

        PrecisionChoice(Precision precision) {
            this.precision = precision;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Streams streams;

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description =
                    "A sentence-transformers, DistilBERT or BERT folder, or 'default' for the model that comes with"
                            + " the program.")
    @SuppressWarnings("NullAway.Init") // required
    private String model;

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder to write. It appears when it is complete.")
    @SuppressWarnings("NullAway.Init") // required
    private Path target;

    @Option(names = "--precision", required = true, paramLabel = "TYPE", description = "${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private PrecisionChoice precision;

    @Option(names = "--replace", description = "Replace the model folder OUT if there is one.")
    private boolean replace;

    QuantizeCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        if (!replace && ConvertCommand.isOccupied(target)) {
            throw new CommandFailedException(
                    target + ": is not empty: add --replace to replace the model folder there");
        }
        try (SentenceCheckpoint checkpoint = model.equals(ModelOptions.DEFAULT)
                        ? BundledModel.open()
                        : SentenceCheckpoint.open(ModelOptions.folder(model));
                UnfinishedFolder unfinished = new UnfinishedFolder(target)) {
            requireNotNarrowedOtherwise(checkpoint);
            List<TensorSet.Tensor> before = checkpoint.tensors();
            checkpoint.write(
                    target,
                    replace ? ExistingFolder.REPLACE : ExistingFolder.REFUSE,
                    precision.precision,
                    this::copyHeads);
            print(before);
        }
        return ExitCode.OK;
    }

    /** Classification heads are small: they stay float32. */
    private void copyHeads(Path unfinished) throws IOException {
        if (!model.equals(ModelOptions.DEFAULT) && SavedHeads.areIn(Path.of(model))) {
            SavedHeads.copy(Path.of(model), unfinished);
        }
    }

    /** One rounding on top of another would not give the vectors that the help promises. */
    private void requireNotNarrowedOtherwise(SentenceCheckpoint checkpoint) throws CommandFailedException {
        NarrowFormat format = checkpoint.narrowFormat();
        if (format != null && format.precision() != precision.precision) {
            throw new CommandFailedException(model + ": is " + format.formatName()
                    + " already, quantizing it again to " + precision + " would add one rounding to another: quantize"
                    + " the original");
        }
    }

    private void print(List<TensorSet.Tensor> before) throws IOException {
        PrintStream out = streams.print();
        try (SentenceCheckpoint written = SentenceCheckpoint.open(target)) {
            List<TensorSet.Tensor> after = written.tensors();
            out.println(target + ": " + written.pipeline());
            out.println("before: " + size(before));
            out.println("now:    " + size(after));
        }
        out.flush();
    }

    private static String size(List<TensorSet.Tensor> tensors) {
        Map<String, Long> counts = tensors.stream()
                .collect(Collectors.groupingBy(TensorSet.Tensor::type, TreeMap::new, Collectors.counting()));
        return String.format(
                Locale.ROOT,
                "%,11d bytes: %s tensors",
                tensors.stream().mapToLong(TensorSet.Tensor::byteCount).sum(),
                counts.entrySet().stream()
                        .map(type -> type.getValue() + " " + type.getKey())
                        .collect(Collectors.joining(", ")));
    }
}
