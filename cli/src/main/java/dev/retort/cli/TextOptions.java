package dev.retort.cli;

import dev.retort.cli.input.InputFile;
import dev.retort.cli.input.InputFormat;
import dev.retort.cli.input.TextSource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which texts: arguments, or a file's or standard input's. */
final class TextOptions {

    private static final String STANDARD_INPUT = "-";

    @Parameters(
            paramLabel = "TEXT",
            arity = "0..*",
            description = "Texts. Put -- before one that begins with a dash. Without any, --input is read.")
    private List<String> texts = List.of();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            converter = NotEmpty.class,
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

    /** What is wrong with them, null if nothing is. */
    @Nullable
    String objection(Terminals terminals) {
        if (!texts.isEmpty() && (input != null || inputFormat != null || field != null)) {
            return "texts are given twice: as arguments and by --input, --input-format or --field";
        }
        if (texts.isEmpty() && input == null && terminals.in()) {
            return "no texts: give some, or --input FILE, or --input - to type them";
        }
        if (field != null && inputFormat() == InputFormat.LINES) {
            return "--field: lines have no fields: give --input-format tsv, csv or jsonl";
        }
        if (inputFormat == null
                && input != null
                && input.toLowerCase(Locale.ROOT).endsWith(".json")) {
            return input + ": a JSON document is no list of texts: write a JSON value on each line, or give"
                    + " --input-format";
        }
        return null;
    }

    private InputFormat inputFormat() {
        if (inputFormat != null) {
            return inputFormat;
        }
        return input == null ? InputFormat.LINES : InputFormat.of(input);
    }

    TextSource open(Streams streams) throws IOException {
        if (!texts.isEmpty()) {
            return TextSource.ofArguments(texts);
        }
        if (input == null || input.equals(STANDARD_INPUT)) {
            return TextSource.open(streams.in(), "standard input", inputFormat(), field);
        }
        return TextSource.open(InputFile.open(Path.of(input)), input, inputFormat(), field);
    }

    Progress progress(PrintStream err, int width) throws IOException {
        if (!texts.isEmpty()) {
            return Progress.ofTexts(texts.size(), err, width);
        }
        Path file = input == null || input.equals(STANDARD_INPUT) ? null : Path.of(input);
        long total = file != null && Files.isRegularFile(file) ? Files.size(file) : -1;
        return Progress.ofBytes(total, err, width);
    }
}
