package dev.retort.cli;

import dev.retort.cli.input.TextSource;
import dev.retort.cli.output.OutputFile;
import dev.retort.cli.output.OutputFormat;
import dev.retort.cli.output.VectorWriter;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.SentenceTransformer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code retort embed}: a row out for each text in. */
@Command(
        name = "embed",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Writes a vector for each text, in order.",
            "",
            "Texts are the arguments, or the lines, a column or a field of a file, or of standard input. Rows appear as"
                    + " they are computed: a line that is typed or piped in is answered without waiting for the next."
        },
        footer = {
            "",
            "A row of JSON: {\"index\":0,\"tokens\":7,\"truncated\":false,\"embedding\":[...]}",
            "",
            "Examples:",
            "  retort embed \"A cat sits on the mat\" \"Ein Hund\"",
            "  retort embed --input texts.txt --format npy --output vectors.npy",
            "  retort embed --input pairs.tsv --field sentence1 --with-text",
            "  cat articles.jsonl | retort embed --input-format jsonl --field body",
            "  retort embed --compute int8 --input texts.txt --format npy --output vectors.npy",
            "  retort embed --precision int8 --calibration sample.npy --input texts.txt"
        })
final class EmbedCommand implements Callable<Integer> {

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private TextOptions texts = new TextOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "One of ${COMPLETION-CANDIDATES}: JSON lines (default), CSV with a header, or a NumPy array,"
                    + " which needs --output.")
    private OutputFormat format = OutputFormat.JSONL;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "Where rows are written instead of standard output. The file appears when it is complete.")
    private @Nullable Path output;

    @Option(
            names = "--truncation",
            paramLabel = "POLICY",
            description = "What becomes of a text with more tokens than the model takes: ${COMPLETION-CANDIDATES}. Its"
                    + " end is dropped (default), it is an error, or its parts' vectors are averaged.")
    private TruncationChoice truncation = TruncationChoice.TRUNCATE;

    @Option(
            names = "--prompt",
            paramLabel = "NAME",
            description = "Put the model's prompt of that name before each text; retort inspect lists them.")
    private @Nullable String prompt;

    @Option(
            names = "--dimensions",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "Keep the first N numbers of each vector.")
    private @Nullable Integer dimensions;

    @Option(names = "--normalize", description = "Divide each vector by its length, whatever the model does.")
    private boolean normalize;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description =
                    "The numbers that are written: ${COMPLETION-CANDIDATES}; float by default. int8 and uint8 need"
                            + " --calibration. What the model computes in is another matter: --compute.")
    private PrecisionChoice precision = PrecisionChoice.FLOAT;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "A NumPy file of float vectors of a sample of the texts, made with --format npy, or of their"
                    + " minimum and maximum. It fixes the steps of int8 and uint8.")
    private @Nullable Path calibration;

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            converter = WholeNumber.Positive.class,
            description = "Tokens that are computed at a time by a thread; more take more memory.")
    private @Nullable Integer batchTokens;

    @Option(names = "--with-text", description = "Repeat the text in its row.")
    private boolean withText;

    @Option(
            names = "--progress",
            negatable = true,
            description =
                    "Show a progress bar with time so far, time left and rate, or none. Without the option there is one"
                            + " where standard error is a terminal and rows go elsewhere.")
    private @Nullable Boolean progress;

    @Option(names = "--quiet", description = "No progress bar, no summary.")
    private boolean quiet;

    EmbedCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        requireConsistent();
        EncodeOptions options = options();
        try (TextSource source = texts.open(streams);
                @Nullable OutputFile file = output == null ? null : OutputFile.create(output);
                SentenceTransformer transformer = model.load();
                @Nullable Progress bar = progressBar()) {
            OutputStream out = new BufferedOutputStream(file == null ? streams.out() : file.stream());
            VectorWriter writer = writer(out, file, precision.width(width(transformer)));
            EmbedRun run = new EmbedRun(transformer, options, source, writer, bar);
            run.toTheEnd();
            if (file != null) {
                file.commit();
                if (bar != null) {
                    bar.close();
                }
                if (!quiet) {
                    summarize(run, width(transformer));
                }
            }
        }
        return ExitCode.OK;
    }

    private void requireConsistent() {
        String objection = texts.objection(streams.terminals());
        if (objection != null) {
            throw usage(objection);
        }
        if (format == OutputFormat.NPY && output == null) {
            throw usage("--format npy: needs --output FILE: the number of rows stands at the start of the file");
        }
        if (format == OutputFormat.NPY && withText) {
            throw usage("--with-text: a NumPy array has no place for texts: use --format jsonl or csv");
        }
        boolean ranges = precision.precision().needsRanges();
        if (ranges && calibration == null) {
            throw usage(
                    "--precision " + precision + ": needs --calibration FILE: vectors of a sample of the texts, made"
                            + " with --format npy --output FILE");
        }
        if (!ranges && calibration != null) {
            throw usage("--calibration: only int8 and uint8 have ranges: --precision is " + precision);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private EncodeOptions options() throws IOException, CommandFailedException {
        EncodeOptions options = EncodeOptions.defaults()
                .withTruncation(truncation.policy())
                .withNormalize(normalize)
                .withPrecision(precision.precision());
        if (calibration != null) {
            options = options.withPrecision(precision.precision(), CalibrationFile.read(calibration));
        }
        if (prompt != null) {
            options = options.withPromptName(prompt);
        }
        if (dimensions != null) {
            options = options.withDimensions(dimensions);
        }
        return batchTokens == null ? options : options.withBatchTokens(batchTokens);
    }

    private @Nullable Progress progressBar() throws IOException {
        boolean wanted = progress != null
                ? progress
                : streams.terminals().err()
                        && (output != null || !streams.terminals().out());
        if (quiet || !wanted) {
            return null;
        }
        return texts.progress(streams.err(), streams.terminals().width());
    }

    private int width(SentenceTransformer transformer) {
        return dimensions == null ? transformer.dimensions() : dimensions;
    }

    private VectorWriter writer(OutputStream out, @Nullable OutputFile file, int width) throws IOException {
        return switch (format) {
            case JSONL -> VectorWriter.jsonLines(out, withText);
            case CSV -> VectorWriter.csv(out, withText, width);
            case NPY -> VectorWriter.npy(Objects.requireNonNull(file), width, precision.precision());
        };
    }

    private void summarize(EmbedRun run, int width) {
        streams.err()
                .printf(
                        Locale.ROOT,
                        "%s: %,d %s of %,d dimensions, %,d tokens%s%n",
                        output,
                        run.texts(),
                        run.texts() == 1 ? "vector" : "vectors",
                        width,
                        run.tokens(),
                        run.truncated() == 0
                                ? ""
                                : String.format(Locale.ROOT, ", %,d texts truncated", run.truncated()));
    }
}
