package dev.retort.cli;

import dev.retort.text.Tokenizer;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceModel;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code retort inspect}: what a model is, and what was made of its files. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description =
                "Prints what a model is: pipeline, configuration, prompts, tokenizer, parameters, and which tensors of"
                        + " its files were ignored and why.",
        footer = {"", "Examples:", "  retort inspect default", "  retort inspect ./my-model --json"})
final class InspectCommand implements Callable<Integer> {

    private final Streams streams;

    @Parameters(paramLabel = "MODEL", description = "A folder, or 'default' for the model that comes with the program.")
    @SuppressWarnings("NullAway.Init") // required
    private String model;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    InspectCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public Integer call() throws Exception {
        LoadOptions options = LoadOptions.defaults();
        PrintStream out = streams.print();
        try (SentenceModel loaded = model.equals(ModelOptions.DEFAULT)
                        ? BundledModel.load(options)
                        : SentenceModel.load(ModelOptions.folder(model), options);
                Tokenizer tokenizer = open(loaded.tokenizer())) {
            ModelSummary summary = new ModelSummary(loaded, tokenizer);
            if (json) {
                out.println(summary.toJson().toPrettyString());
            } else {
                boolean terminal = streams.terminals().out();
                summary.print(out, terminal ? streams.terminals().width() : Integer.MAX_VALUE);
            }
        }
        out.flush();
        return ExitCode.OK;
    }

    private static Tokenizer open(TokenizerFiles files) throws IOException {
        if (files instanceof TokenizerFiles.InMemory memory) {
            return Tokenizer.ofJson(memory.json(), memory.name());
        }
        return Tokenizer.load(((TokenizerFiles.InFolder) files).path());
    }
}
