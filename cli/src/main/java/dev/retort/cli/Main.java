package dev.retort.cli;

import dev.retort.autograd.fusion.Activation;
import dev.retort.cli.input.InputFormat;
import dev.retort.cli.output.ClassificationFormat;
import dev.retort.cli.output.OutputFormat;
import dev.retort.train.Optimization;
import dev.retort.train.dataset.DatasetFormat;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;

/** {@code retort}: the command line's start. */
public final class Main {

    private static final int LEAST_HELP_WIDTH = 55; // what picocli can lay out
    private static final int MOST_HELP_WIDTH = 100;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        PrintStream err = new LogLines(new FileOutputStream(FileDescriptor.err));
        System.setErr(err);
        Streams streams = new Streams(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                err,
                Terminals.ofProcess());
        System.exit(run(streams, System.getenv(), arguments));
    }

    /** Runs a command; returns its exit code. */
    static int run(Streams given, Map<String, String> environment, String... arguments) {
        boolean verbose = Logging.isVerbose(arguments);
        Logging.configure(verbose);
        StandardOutput out = new StandardOutput(given.out());
        Streams streams = new Streams(given.in(), out, given.err(), given.terminals());
        Failures failures = new Failures(streams.err(), verbose);
        try {
            int code = commandLine(streams, environment, failures).execute(arguments);
            if (code == CommandLine.ExitCode.OK) { // otherwise something has been said already
                out.requireWritten();
            }
            return code;
        } catch (Exception | LinkageError | OutOfMemoryError | StackOverflowError failure) {
            return failures.handle(failure);
        }
    }

    /** The tree of commands. */
    static CommandLine commandLine(Streams streams, Map<String, String> environment, Failures failures) {
        CommandLine eval = new CommandLine(new EvalCommand(streams)).addSubcommand(new StsCommand(streams));
        CommandLine root = new CommandLine(new RetortCommand())
                .addSubcommand(new EmbedCommand(streams))
                .addSubcommand(new SimilarityCommand(streams))
                .addSubcommand(new InspectCommand(streams))
                .addSubcommand(new TrainCommand(streams))
                .addSubcommand(new PredictCommand(streams))
                .addSubcommand(new CompareCommand(streams))
                .addSubcommand(eval)
                .addSubcommand(new ParityCommand(streams))
                .addSubcommand(new ConvertCommand(streams))
                .addSubcommand(new QuantizeCommand(streams))
                .addSubcommand(BenchCommand.of(streams))
                .addSubcommand(new GenerateCompletion())
                .addSubcommand(new HelpCommand());
        withConverters(root);
        return root.setOut(new PrintWriter(streams.print(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(ansi(streams.terminals(), environment)))
                .setHelpFactory((spec, scheme) -> {
                    spec.usageMessage().width(helpWidth(streams.terminals()));
                    return new CommandLine.Help(spec, scheme);
                })
                .setExpandAtFiles(false) // a text may begin with @
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
    }

    /** Lets options have the types that they have. */
    static CommandLine withConverters(CommandLine commands) {
        Choices.register(commands, InputFormat.class);
        Choices.register(commands, OutputFormat.class);
        Choices.register(commands, ClassificationFormat.class);
        Choices.register(commands, TruncationChoice.class);
        Choices.register(commands, PrecisionChoice.class);
        Choices.register(commands, ComputeChoice.class);
        Choices.register(commands, SimilarityChoice.class);
        Choices.register(commands, ConvertCommand.PoolingChoice.class);
        Choices.register(commands, QuantizeCommand.PrecisionChoice.class);
        Choices.register(commands, DatasetFormat.class);
        Choices.register(commands, Activation.class);
        Choices.register(commands, Optimization.Kind.class);
        Choices.register(commands, Optimization.Shape.class);
        Choices.register(commands, TrainOptions.Weighting.class);
        commands.registerConverter(Path.class, new FileName());
        return commands;
    }

    private static int helpWidth(Terminals terminals) {
        return terminals.out()
                ? Math.min(Math.max(terminals.width(), LEAST_HELP_WIDTH), MOST_HELP_WIDTH)
                : Terminals.DEFAULT_WIDTH;
    }

    private static Ansi ansi(Terminals terminals, Map<String, String> environment) {
        @Nullable String noColor = environment.get("NO_COLOR");
        boolean plain = (noColor != null && !noColor.isEmpty()) || "dumb".equals(environment.get("TERM"));
        return !plain && terminals.out() ? Ansi.ON : Ansi.OFF;
    }
}
