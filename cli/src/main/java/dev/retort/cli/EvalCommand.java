package dev.retort.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code retort eval}: measures a model on labelled data. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = "Measures how good a model is on labelled data.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  retort eval sts --data stsb_dev.tsv"})
final class EvalCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }
}
