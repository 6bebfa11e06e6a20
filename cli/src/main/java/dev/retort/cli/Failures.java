package dev.retort.cli;

import dev.retort.core.NativeLibraryException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a user sees of a failure: one line, {@code retort: subject: what is wrong: values: remedy}, and an exit code. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

    /** What a shell reports for a process that SIGPIPE ended. */
    static final int OUTPUT_CLOSED = 141;

    private static final long BYTES_A_MEBIBYTE = 1 << 20;

    private final PrintStream err;
    private final boolean verbose;

    /** @param verbose whether a trace follows the line */
    Failures(PrintStream err, boolean verbose) {
        this.err = err;
        this.verbose = verbose;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandSpec command = failure.getCommandLine().getCommandSpec();
        report(usage(failure, command) + ": see '" + command.qualifiedName(" ") + " --help'", failure);
        return ExitCode.USAGE;
    }

    private static String usage(ParameterException failure, CommandSpec command) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> arguments = unmatched.getUnmatched();
            if (unmatched.isUnknownOption()) {
                return "unknown option: " + arguments.get(0)
                        + (command.positionalParameters().isEmpty()
                                ? suggestion(unmatched)
                                : suggestion(unmatched) + ": put -- before a text that begins with a dash");
            }
            if (command.positionalParameters().isEmpty()
                    && !command.subcommands().isEmpty()) {
                return "unknown command: " + arguments.get(0) + suggestion(unmatched);
            }
            return "not expected: " + String.join(" ", arguments);
        }
        String message = String.valueOf(failure.getMessage());
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static String suggestion(UnmatchedArgumentException unmatched) {
        List<String> suggestions = unmatched.getSuggestions();
        return suggestions.isEmpty() ? "" : ": did you mean " + suggestions.get(0) + "?";
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, @Nullable ParseResult result) {
        return handle(failure);
    }

    /** Reports anything that a command threw. */
    int handle(Throwable failure) {
        if (failure instanceof StandardOutput.ClosedException) {
            return OUTPUT_CLOSED;
        }
        report(describe(failure), failure);
        return ExitCode.SOFTWARE;
    }

    private void report(String line, Throwable failure) {
        err.println("retort: " + OneLine.escaped(line));
        if (verbose) {
            failure.printStackTrace(err);
        }
        err.flush();
    }

    private static String describe(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OutOfMemoryError) { // also where a library took it for a failure of its own
                return "memory: exhausted: " + cause.getMessage() + ": heap limit "
                        + Runtime.getRuntime().maxMemory() / BYTES_A_MEBIBYTE
                        + " MiB: raise it with RETORT_JAVA_OPTS=-Xmx4g, or lower --batch-tokens or --threads";
            }
        }
        if (failure instanceof UncheckedIOException && failure.getCause() != null) {
            boolean says = !String.valueOf(failure.getMessage())
                    .equals(failure.getCause().toString()); // more than its cause
            return says ? String.valueOf(failure.getMessage()) : describe(failure.getCause());
        }
        if (failure instanceof FileSystemException file) {
            return file.getFile() + ": " + reason(file);
        }
        if (failure instanceof CancellationException) {
            return "interrupted";
        }
        if (failure instanceof CommandFailedException
                || failure instanceof IOException
                || failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException
                || failure instanceof NativeLibraryException) {
            return failure.getMessage() == null ? unexpected(failure) : failure.getMessage();
        }
        if (failure instanceof LinkageError || isBackendFailure(failure)) {
            return "native library: does not load: " + innermost(failure) + ": os=" + System.getProperty("os.name")
                    + " arch=" + System.getProperty("os.arch")
                    + ": Retort runs on x86-64 and ARM64 Linux with glibc, macOS and Windows";
        }
        return unexpected(failure);
    }

    private static boolean isBackendFailure(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getClass().getName().endsWith("NoAvailableBackendException")) {
                return true;
            }
        }
        return false;
    }

    /** Without the name of the file, where there is one. */
    static @Nullable String reason(IOException failure) {
        return failure instanceof FileSystemException file ? reason(file) : failure.getMessage();
    }

    private static String reason(FileSystemException file) {
        if (file.getReason() != null) {
            return file.getReason();
        }
        if (file instanceof NoSuchFileException) {
            return "no such file";
        }
        if (file instanceof NotDirectoryException) {
            return "not a folder";
        }
        if (file instanceof FileAlreadyExistsException) {
            return "is there already: give another name";
        }
        return file instanceof AccessDeniedException
                ? "permission denied"
                : file.getClass().getSimpleName();
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    private static String unexpected(Throwable failure) {
        return "unexpected: " + failure + ": run with --verbose for the trace and report it";
    }
}
