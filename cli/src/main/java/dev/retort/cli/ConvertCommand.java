package dev.retort.cli;

import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.weights.LoadReport;
import dev.retort.weights.onnx.OnnxConversion;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code retort convert}: other formats to a sentence-transformers folder. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Writes a sentence-transformers folder in DistilBERT form.",
            "",
            "From an ONNX file of a BERT or DistilBERT encoder with Hugging Face's names, which needs --tokenizer; or from"
                    + " the folder of a BERT, whose token types are folded into its positions, or of a DistilBERT."
        },
        footer = {
            "",
            "Examples:",
            "  retort convert model.onnx --tokenizer tokenizer.json --pooling cls --normalize ./my-model",
            "  retort convert ./bert-checkpoint ./my-model"
        })
final class ConvertCommand implements Callable<Integer> {

    /** How token vectors become one. */
    enum PoolingChoice {
        MEAN(PoolingMode.MEAN),
        CLS(PoolingMode.CLS);

        private final PoolingMode mode;

        PoolingChoice(PoolingMode mode) {
            this.mode = mode;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MODEL", description = "An ONNX file, or the folder of a checkpoint.")
    @SuppressWarnings("NullAway.Init") // required
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "The folder to write. It appears when it is complete.")
    @SuppressWarnings("NullAway.Init") // required
    private Path target;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "The tokenizer.json of an ONNX file's model.")
    private @Nullable Path tokenizer;

    @Option(
            names = "--pooling",
            paramLabel = "MODE",
            description = "${COMPLETION-CANDIDATES}; unless given, what the ONNX graph does, mean if it does nothing.")
    private @Nullable PoolingChoice pooling;

    @Option(
            names = "--normalize",
            description =
                    "Make unit vectors; they are made anyway where the ONNX graph does and --pooling is not given.")
    private boolean normalize;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "The most tokens of a text; as many as the ONNX model has positions unless given.")
    private @Nullable Integer maxLength;

    @Option(names = "--replace", description = "Replace the model folder OUT if there is one.")
    private boolean replace;

    ConvertCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        ExistingFolder existing = replace ? ExistingFolder.REPLACE : ExistingFolder.REFUSE;
        if (!Files.exists(source)) {
            throw new CommandFailedException(source + ": no such file or folder");
        }
        if (!replace && isOccupied(target)) {
            throw new CommandFailedException(
                    target + ": is not empty: add --replace to replace the model folder there");
        }
        try (UnfinishedFolder unfinished = new UnfinishedFolder(target)) {
            convert(existing);
        }
        return ExitCode.OK;
    }

    private void convert(ExistingFolder existing) throws IOException {
        if (!Files.isDirectory(source)) {
            if (tokenizer == null) {
                throw usage(source + ": an ONNX file has no tokenizer: give its tokenizer.json with --tokenizer");
            }
            OnnxConversion conversion = new OnnxConversion(pooling == null ? null : pooling.mode, normalize, maxLength);
            LoadReport report = conversion.convert(source, tokenizer, target, existing);
            print(report.pipeline(), report.remarks());
            return;
        }
        if (tokenizer != null || pooling != null || normalize || maxLength != null) {
            throw usage("--tokenizer, --pooling, --normalize and --max-length are for an ONNX file: " + source
                    + " is a folder, which says these itself");
        }
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(source)) {
            checkpoint.write(target, existing);
            print(checkpoint.pipeline(), checkpoint.remarks());
        }
    }

    static boolean isOccupied(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.findAny().isPresent();
        }
    }

    private void print(String pipeline, List<String> remarks) {
        PrintStream out = streams.print();
        out.println(target + ": " + pipeline);
        remarks.forEach(out::println);
        out.flush();
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
