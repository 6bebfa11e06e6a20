package dev.retort.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.train.Scenario;
import dev.retort.train.dataset.BundledDataset;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code retort compare}: the scenarios beside each other. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        versionProvider = Versions.class,
        description = {
            "Trains in several scenarios on the same data with the same seed and prints one table: what is trained, how"
                    + " long an epoch takes, the most memory, and how good the best epoch is on the dev set.",
            "",
            "Each runs in a process of its own, so that its peak of memory is its own."
        },
        footer = {
            "",
            "Examples:",
            "  retort compare --epochs 3",
            "  retort compare --data train.tsv --dev dev.tsv --batch-size 16 --scenarios \"heads-only,lower-layers 3,full\""
        })
final class CompareCommand implements Callable<Integer> {

    private static final double BYTES_A_MEBIBYTE = 1 << 20;

    private final Streams streams;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private TrainOptions options = new TrainOptions();

    @Option(
            names = "--scenarios",
            paramLabel = "NAME",
            split = ",",
            converter = TrainCommand.ScenarioName.class,
            description =
                    "Which ones, as retort train --scenario takes them; unless given, heads-only, frozen-backbone,"
                            + " \"lower-layers 3\", frozen-head of the last of several tasks that are known by name, full and gradual.")
    private List<Scenario> scenarios = List.of();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Keep the runs, a folder each in this one. Unless given, nothing is kept.")
    private @Nullable Path out;

    @Option(names = "--json", description = "Print a JSON object a scenario, in a list.")
    private boolean json;

    CompareCommand(Streams streams) {
        this.streams = streams;
    }

    /**
     * What a scenario came to.
     *
     * @param start of its metrics
     * @param epochs of its metrics, in order
     * @param end of its metrics
     */
    private record Outcome(Scenario scenario, JsonNode start, List<JsonNode> epochs, JsonNode end) {

        Outcome {
            epochs = List.copyOf(epochs);
        }

        double secondsPerEpoch() {
            return epochs.stream()
                    .mapToDouble(epoch -> epoch.path("seconds").asDouble())
                    .average()
                    .orElse(Double.NaN);
        }

        /** The dev figures of the best epoch; of the last without one. */
        JsonNode dev() {
            int best = end.path("bestEpoch").asInt(epochs.size());
            return epochs.get(best - 1).path("dev");
        }
    }

    @Override
    public Integer call() throws Exception {
        try {
            options.requireConsistent();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        if (new LinkedHashSet<>(scenarios).size() < scenarios.size()) {
            throw new ParameterException(spec.commandLine(), "--scenarios: one is named twice: " + scenarios);
        }
        Path folder = out == null ? Files.createTempDirectory("retort-compare-") : Files.createDirectories(out);
        Thread remover = new Thread(() -> removeTemporary(folder), "retort-remove-runs");
        Runtime.getRuntime().addShutdownHook(remover);
        try {
            List<Outcome> outcomes = new ArrayList<>();
            for (Scenario scenario : wanted()) {
                streams.err().println("retort: " + scenario + " ...");
                outcomes.add(run(scenario, folder.resolve(scenario.toString().replace(' ', '-'))));
            }
            if (json) {
                printJson(outcomes);
            } else {
                print(outcomes);
            }
        } finally {
            removeTemporary(folder);
            removeHook(remover);
        }
        return ExitCode.OK;
    }

    private List<Scenario> wanted() {
        if (!scenarios.isEmpty()) {
            return scenarios;
        }
        List<Scenario> wanted =
                new ArrayList<>(List.of(Scenario.headsOnly(), Scenario.frozenBackbone(), Scenario.lowerLayers(3)));
        if (options.data().isEmpty()) {
            wanted.add(Scenario.frozenHead(BundledDataset.SENTIMENT.task()));
        } else if (options.tasks().size() > 1) {
            wanted.add(Scenario.frozenHead(
                    options.tasks().get(options.tasks().size() - 1).task()));
        }
        wanted.add(Scenario.full());
        wanted.add(Scenario.gradual(1));
        return wanted;
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            return; // it runs
        }
    }

    private void removeTemporary(Path folder) {
        if (out != null || !Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            streams.err().println("retort: warning: " + folder + ": cannot be removed: " + e.getMessage());
        }
    }

    private Outcome run(Scenario scenario, Path folder)
            throws IOException, CommandFailedException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("-X") || argument.startsWith("-D") || argument.startsWith("--")) {
                command.add(argument);
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "train"));
        command.addAll(StoredOptions.all(spec)
                .without(Set.of("--scenarios", "--json", "--checkpoints", "--checkpoint-steps"))
                .arguments());
        command.addAll(List.of("--checkpoints=0", "--no-progress", "--scenario=" + scenario, "--out=" + folder));
        Process process =
                new ProcessBuilder(command).redirectOutput(Redirect.DISCARD).start();
        Thread killer = new Thread(process::destroy, "retort-end-" + scenario);
        Runtime.getRuntime().addShutdownHook(killer);
        try {
            process.getOutputStream().close();
            String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int code = process.waitFor();
            if (code != 0) {
                throw new CommandFailedException(
                        scenario + ": failed with exit code " + code + ": " + said.replaceFirst("^retort: ", ""));
            }
        } finally {
            process.destroy();
            removeHook(killer);
        }
        return outcome(scenario, new RunFolder(folder).metrics());
    }

    private static Outcome outcome(Scenario scenario, Path metrics) throws IOException {
        JsonMapper mapper = new JsonMapper();
        JsonNode start = JsonNodeFactory.instance.objectNode();
        JsonNode end = JsonNodeFactory.instance.objectNode();
        List<JsonNode> epochs = new ArrayList<>();
        try (Stream<String> lines = Files.lines(metrics)) {
            for (String line : (Iterable<String>) lines::iterator) {
                JsonNode event = mapper.readTree(line);
                switch (event.path("event").asText()) {
                    case "start" -> start = event;
                    case "unfrozen" -> start = event; // the most that is trained
                    case "epoch" -> epochs.add(event);
                    case "end" -> end = event;
                    default -> {}
                }
            }
        }
        return new Outcome(scenario, start, epochs, end);
    }

    private void printJson(List<Outcome> outcomes) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Outcome outcome : outcomes) {
            ObjectNode row = all.addObject();
            row.put("scenario", outcome.scenario().toString());
            row.put("parameters", outcome.start().at("/parameters/all").asLong());
            row.put("trained", outcome.start().at("/parameters/trained").asLong());
            row.put("percent", percent(outcome));
            row.put("secondsPerEpoch", outcome.secondsPerEpoch());
            row.set("peakBytes", outcome.end().path("peakBytes"));
            row.set("bestEpoch", outcome.end().path("bestEpoch"));
            row.set("dev", outcome.dev());
        }
        PrintStream print = streams.print();
        print.println(all.toPrettyString());
        print.flush();
    }

    private static double percent(Outcome outcome) {
        return 100.0
                * outcome.start().at("/parameters/trained").asLong()
                / outcome.start().at("/parameters/all").asLong();
    }

    private void print(List<Outcome> outcomes) {
        List<String> tasks = new ArrayList<>();
        outcomes.get(0).dev().path("tasks").fieldNames().forEachRemaining(tasks::add);
        List<List<String>> rows = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("scenario", "trained", "%", "s/epoch", "peak MiB", "best"));
        tasks.forEach(task -> header.addAll(List.of(task, "macro-F1")));
        header.add("joint");
        rows.add(header);
        for (Outcome outcome : outcomes) {
            List<String> row = new ArrayList<>();
            row.add(outcome.scenario().toString());
            row.add(String.format(
                    Locale.ROOT,
                    "%,d",
                    outcome.start().at("/parameters/trained").asLong()));
            row.add(String.format(Locale.ROOT, "%.2f", percent(outcome)));
            row.add(String.format(Locale.ROOT, "%.2f", outcome.secondsPerEpoch()));
            JsonNode peak = outcome.end().path("peakBytes");
            row.add(peak.isNumber() ? String.format(Locale.ROOT, "%,.0f", peak.asLong() / BYTES_A_MEBIBYTE) : "-");
            row.add(outcome.end().path("bestEpoch").asText("-"));
            for (String task : tasks) {
                row.add(share(outcome.dev().path("tasks").path(task).path("accuracy")));
                row.add(share(outcome.dev().path("tasks").path(task).path("macroF1")));
            }
            row.add(share(outcome.dev().path("jointAccuracy")));
            rows.add(row);
        }
        PrintStream print = streams.print();
        int[] widths = new int[header.size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0))
                    .append(" ".repeat(widths[0] - row.get(0).length()));
            for (int i = 1; i < widths.length; i++) {
                line.append("  ")
                        .append(" ".repeat(widths[i] - row.get(i).length()))
                        .append(row.get(i));
            }
            print.println(line);
        }
        print.flush();
    }

    private static String share(JsonNode value) {
        return value.isNumber() ? String.format(Locale.ROOT, "%.4f", value.asDouble()) : "-";
    }
}
