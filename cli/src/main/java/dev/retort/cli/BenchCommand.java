package dev.retort.cli;

import dev.retort.benchmarks.Comparison;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code retort bench}: the comparison of module {@code benchmarks}, with what the command line knows of its surroundings. */
final class BenchCommand {

    /** The checkout that the launcher started from, as a system property. */
    static final String CHECKOUT = "retort.checkout";

    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  retort bench --quick",
        "  retort bench --corpus stsb_dev.tsv --python venv/bin/python",
        "  retort bench --list"
    };

    private BenchCommand() {}

    static CommandLine of(Streams streams) {
        Comparison comparison = new Comparison()
                .to(
                        new PrintWriter(streams.print(), true, StandardCharsets.UTF_8),
                        new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
        CommandLine bench = new CommandLine(comparison);
        CommandSpec spec = bench.getCommandSpec();
        spec.versionProvider(new Versions());
        String[] footer = spec.usageMessage().footer();
        spec.usageMessage()
                .footer(Stream.concat(Arrays.stream(footer), Arrays.stream(EXAMPLES))
                        .toArray(String[]::new));
        return bench.setDefaultValueProvider(argument ->
                argument instanceof OptionSpec option && option.longestName().equals("--peers") ? peers() : null);
    }

    private static @Nullable String peers() {
        String checkout = System.getProperty(CHECKOUT);
        if (checkout == null) {
            return null;
        }
        Path peers = Path.of(checkout, "benchmarks", "peers");
        return Files.isDirectory(peers) ? peers.toString() : null;
    }
}
