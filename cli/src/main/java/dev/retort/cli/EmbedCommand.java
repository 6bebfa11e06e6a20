package dev.retort.cli;

import dev.retort.cli.input.InputFile;
import dev.retort.cli.input.InputFormat;
import dev.retort.cli.input.TextSource;
import dev.retort.cli.output.OutputFile;
import dev.retort.cli.output.OutputFormat;
import dev.retort.cli.output.VectorWriter;
import dev.retort.inference.EncodeOptions;
import dev.retort.inference.SentenceTransformer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
import picocli.CommandLine.Parameters;
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

    private static final String STANDARD_INPUT = "-";

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
            paramLabel = "TEXT",
            arity = "0..*",
            description = "Texts. Put -- before one that begins with a dash. Without any, --input is read.")
    private List<String> texts = List.of();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description =
                    "Where texts are read from, as UTF-8; - is standard input, which is read anyway if it is not a"
                            + " terminal and there are no texts.")
    private @Nullable String input;

    @Option(
            names = "--input-format",
            paramLabel = "FORMAT",
            description = "One of ${COMPLETION-CANDIDATES}; unless given, what the file's name ends in, else lines. An"
                    + " empty line is a text. TSV is split at tabs and line ends only, CSV is RFC 4180; both have a"
                    + " header.")
    private @Nullable InputFormat inputFormat;

    @Option(
            names = "--field",
            paramLabel = "NAME",
            description = "The column of TSV and CSV, or the field of JSON lines, that holds the text.")
    private @Nullable String field;

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
            converter = PositiveNumber.class,
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
            converter = PositiveNumber.class,
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
        try (TextSource source = source();
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
        if (!texts.isEmpty() && (input != null || inputFormat != null || field != null)) {
            throw usage("texts are given twice: as arguments and by --input, --input-format or --field");
        }
        if (texts.isEmpty() && input == null && streams.terminals().in()) {
            throw usage("no texts: give some, or --input FILE, or --input - to type them");
        }
        if (format == OutputFormat.NPY && output == null) {
            throw usage("--format npy: needs --output FILE: the number of rows stands at the start of the file");
        }
        if (format == OutputFormat.NPY && withText) {
            throw usage("--with-text: a NumPy array has no place for texts: use --format jsonl or csv");
        }
        if (field != null && inputFormat() == InputFormat.LINES) {
            throw usage("--field: lines have no fields: give --input-format tsv, csv or jsonl");
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
        if (inputFormat == null
                && input != null
                && input.toLowerCase(Locale.ROOT).endsWith(".json")) {
            throw usage(input + ": a JSON document is no list of texts: write a JSON value on each line, or give"
                    + " --input-format");
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

    private InputFormat inputFormat() {
        if (inputFormat != null) {
            return inputFormat;
        }
        return input == null ? InputFormat.LINES : InputFormat.of(input);
    }

    private TextSource source() throws IOException {
        if (!texts.isEmpty()) {
            return TextSource.ofArguments(texts);
        }
        if (input == null || input.equals(STANDARD_INPUT)) {
            return TextSource.open(streams.in(), "standard input", inputFormat(), field);
        }
        return TextSource.open(InputFile.open(Path.of(input)), input, inputFormat(), field);
    }

    private @Nullable Progress progressBar() throws IOException {
        boolean wanted = progress != null
                ? progress
                : streams.terminals().err()
                        && (output != null || !streams.terminals().out());
        if (quiet || !wanted) {
            return null;
        }
        int width = streams.terminals().width();
        if (!texts.isEmpty()) {
            return Progress.ofTexts(texts.size(), streams.err(), width);
        }
        Path file = input == null || input.equals(STANDARD_INPUT) ? null : Path.of(input);
        long total = file != null && Files.isRegularFile(file) ? Files.size(file) : -1;
        return Progress.ofBytes(total, streams.err(), width);
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
