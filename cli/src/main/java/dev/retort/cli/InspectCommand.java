package dev.retort.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.inference.Retort;
import dev.retort.text.Tokenizer;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceModel;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code retort inspect}: what a model is, and what was made of its files. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Prints what a model is: pipeline, configuration, prompts, tokenizer, parameters, and which tensors of"
                    + " its files were ignored and why.",
            "",
            "With --runtime, and without a model too, what computes on this machine: versions, processor, threads, and"
                    + " for each of the precisions that --compute takes the kernels, or why there are none."
        },
        footer = {
            "",
            "Examples:",
            "  retort inspect default",
            "  retort inspect ./my-model --json",
            "  retort inspect --runtime"
        })
final class InspectCommand implements Callable<Integer> {

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description = "A folder, or 'default' for the model that comes with the program.")
    private @Nullable String model;

    @Option(names = "--runtime", description = "Print what computes on this machine, and why.")
    private boolean runtime;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    InspectCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        if (model == null && !runtime) {
            throw new ParameterException(spec.commandLine(), "nothing to inspect: give MODEL, or --runtime, or both");
        }
        PrintStream out = streams.print();
        int width = streams.terminals().out() ? streams.terminals().width() : Integer.MAX_VALUE;
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        if (model != null) {
            inspect(model, out, width, report);
        }
        if (runtime) {
            RuntimeSummary summary = new RuntimeSummary(Retort.diagnostics());
            if (json) {
                report.set("runtime", summary.toJson());
            } else {
                summary.print(out, width);
            }
        }
        if (json) {
            out.println(report.toPrettyString());
        }
        out.flush();
        return ExitCode.OK;
    }

    private void inspect(String name, PrintStream out, int width, ObjectNode report)
            throws IOException, CommandFailedException {
        try (SentenceCheckpoint checkpoint = name.equals(ModelOptions.DEFAULT)
                        ? BundledModel.open()
                        : SentenceCheckpoint.open(ModelOptions.folder(name));
                SentenceModel loaded = checkpoint.load(asStored(checkpoint));
                Tokenizer tokenizer = open(loaded.tokenizer())) {
            ModelSummary summary = new ModelSummary(loaded, tokenizer);
            if (json) {
                report.setAll(summary.toJson());
            } else {
                summary.print(out, width);
            }
        }
    }

    /** As the model would be loaded where nobody asks for a precision, or where the processor lacks it, in float32. */
    private static LoadOptions asStored(SentenceCheckpoint checkpoint) {
        LoadOptions options = LoadOptions.defaults();
        return options.backend().unsupportedReason(checkpoint.precision()) == null
                ? new LoadOptions(options.dataType(), options.backend(), checkpoint.precision())
                : options;
    }

    private static Tokenizer open(TokenizerFiles files) throws IOException {
        if (files instanceof TokenizerFiles.InMemory memory) {
            return Tokenizer.ofJson(memory.json(), memory.name());
        }
        return Tokenizer.load(((TokenizerFiles.InFolder) files).path());
    }
}
