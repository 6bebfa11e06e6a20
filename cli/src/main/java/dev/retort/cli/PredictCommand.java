package dev.retort.cli;

import dev.retort.cli.input.PlacedText;
import dev.retort.cli.input.TextSource;
import dev.retort.cli.output.ClassificationFormat;
import dev.retort.cli.output.ClassificationWriter;
import dev.retort.inference.Classification;
import dev.retort.inference.MultiTaskClassifier;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code retort predict}: labels for texts. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Writes each text's label in every task of a trained model, with the probabilities of all labels, in order.",
            "",
            "Texts are the arguments, or the lines, a column or a field of a file, or of standard input."
        },
        footer = {
            "",
            "A row of JSON: {\"index\":0,\"topic\":{\"label\":\"Science\",\"probabilities\":{...}},...}",
            "",
            "Examples:",
            "  retort predict \"The probe reached Saturn.\"",
            "  retort predict --model runs/news/model --input articles.jsonl --field body",
            "  retort predict --input texts.txt --format csv"
        })
final class PredictCommand implements Callable<Integer> {

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private TextOptions texts = new TextOptions();

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            converter = NotEmpty.class,
            description = "A model folder that retort train wrote; runs/default/model, the last run's, unless given.")
    private @Nullable String model;

    @Mixin
    private ComputeOptions computing = new ComputeOptions();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "One of ${COMPLETION-CANDIDATES}: JSON lines (default), or CSV with a header.")
    private ClassificationFormat format = ClassificationFormat.JSONL;

    PredictCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        String objection = texts.objection(streams.terminals());
        if (objection != null) {
            throw new ParameterException(spec.commandLine(), objection);
        }
        try (TextSource source = texts.open(streams);
                MultiTaskClassifier classifier = load(model, computing)) {
            ClassificationWriter writer =
                    ClassificationWriter.of(format, new BufferedOutputStream(streams.out()), classifier.labels());
            writer.flush();
            TextWindows windows = new TextWindows(source);
            long index = 0;
            for (List<PlacedText> window = windows.next(); !window.isEmpty(); window = windows.next()) {
                for (Classification answers : classifier.classify(
                        window.stream().map(PlacedText::text).toList())) {
                    writer.write(index++, answers);
                }
                writer.flush();
            }
        }
        return ExitCode.OK;
    }

    /** @param model as it was given, or null for the last run's */
    static MultiTaskClassifier load(@Nullable String model, ComputeOptions computing)
            throws IOException, CommandFailedException {
        Path folder = TrainedFolder.of(model);
        return MultiTaskClassifier.load(folder, computing.settings(folder));
    }
}
