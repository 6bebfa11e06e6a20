package dev.retort.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code retort}: holds what all commands share. */
@Command(
        name = "retort",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = "Turns sentences into vectors with DistilBERT, from scratch in Java.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  retort embed \"A cat sits on the mat\" \"Ein Hund\"",
            "  retort embed --input texts.txt --format npy --output vectors.npy",
            "  retort similarity \"A cat\" \"A kitten\" \"A truck\"",
            "  retort inspect default",
            "",
            "Exit codes: 0 fine, 1 failure, 2 usage. 'retort help COMMAND' explains a command.",
            "Tab completion: source <(retort generate-completion)"
        })
final class RetortCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show more: the trace of a failure, what libraries log.")
    @SuppressWarnings("UnusedVariable") // read from the arguments, before the first logger: Logging
    private boolean verbose;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        spec.commandLine().usage(err);
        return ExitCode.USAGE;
    }
}
