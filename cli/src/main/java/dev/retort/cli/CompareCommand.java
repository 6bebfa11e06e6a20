package dev.retort.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.retort.train.Evaluation;
import dev.retort.train.RunHistory;
import dev.retort.train.Scenario;
import dev.retort.train.TrainingListener;
import dev.retort.train.dataset.BundledDataset;
import dev.retort.train.report.ComparisonReport;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    /** Those that a run is not started with: there is nothing to go on with. */
    private static final Set<String> OWN_OPTIONS =
            Set.of("--scenarios", "--json", "--checkpoints", "--checkpoint-steps");

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
                            + " lower-layers with half of them, frozen-head of the last of several tasks that are known by name, full and gradual.")
    private List<Scenario> scenarios = List.of();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "Keep the runs, a folder each in this one, and a report. Unless given, nothing of them is kept.")
    private @Nullable Path out;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Where the table is written as an HTML file, with curves, and links to the reports of runs"
                    + " that are kept; report.html in --out unless given.")
    private @Nullable Path report;

    @Option(names = "--json", description = "Print a JSON object a scenario, in a list.")
    private boolean json;

    CompareCommand(Streams streams) {
        this.streams = streams;
    }

    /**
     * What a scenario came to.
     *
     * @param folder of its run
     */
    private record Outcome(Scenario scenario, RunFolder folder, RunHistory run) {

        RunHistory.Stage mostTrained() {
            return run.stages().get(run.stages().size() - 1); // freezing only ever ends
        }

        double secondsPerEpoch() {
            return run.epochs().stream()
                    .mapToDouble(TrainingListener.EpochReport::seconds)
                    .average()
                    .orElse(Double.NaN);
        }

        /** Those of the best epoch; of the last without a dev set. */
        Evaluation dev() {
            return run.epochs().get(run.keptEpoch()).dev();
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
        if (report != null) {
            TrainCommand.requireParent(report);
        }
        List<Scenario> wanted = wantedAndPossible();
        Path folder = out == null ? Files.createTempDirectory("retort-compare-") : Files.createDirectories(out);
        Thread remover = new Thread(() -> removeTemporary(folder), "retort-remove-runs");
        Runtime.getRuntime().addShutdownHook(remover);
        try {
            List<Outcome> outcomes = new ArrayList<>();
            for (Scenario scenario : wanted) {
                streams.err().println("retort: " + scenario + " ...");
                outcomes.add(run(scenario, place(folder, scenario)));
            }
            Path page = report != null ? report : out != null ? out.resolve("report.html") : null;
            if (page != null) {
                writeReport(page, outcomes);
            }
            if (json) {
                printJson(outcomes);
            } else {
                print(outcomes, page);
            }
        } finally {
            removeTemporary(folder);
            removeHook(remover);
        }
        return ExitCode.OK;
    }

    private static Path place(Path folder, Scenario scenario) {
        return folder.resolve(scenario.toString().replace(' ', '-'));
    }

    /** Those that are asked for, all of them tried against the data and the model: the last must not fail when the others have taken hours. */
    private List<Scenario> wantedAndPossible() throws IOException, CommandFailedException {
        try (TrainingSets sets = TrainingSets.read(options, streams::warn);
                SentenceCheckpoint backbone = options.openModel()) {
            List<Scenario> wanted = wanted(backbone.config().layerCount());
            options.heads(sets.train());
            for (Scenario scenario : wanted) {
                try {
                    options.requireFitting(scenario, sets.train(), backbone);
                } catch (IllegalArgumentException e) {
                    throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
                }
                if (out != null) {
                    new RunFolder(place(out, scenario)).requireFree();
                }
            }
            return wanted;
        }
    }

    private List<Scenario> wanted(int layerCount) {
        if (!scenarios.isEmpty()) {
            return scenarios;
        }
        List<Scenario> wanted = new ArrayList<>(List.of(
                Scenario.headsOnly(), Scenario.frozenBackbone(), Scenario.lowerLayers(Math.max(1, layerCount / 2))));
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
        command.addAll(StoredOptions.all(spec).without(OWN_OPTIONS).arguments());
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
                String last =
                        said.substring(said.lastIndexOf('\n') + 1); // before it, the warnings that were given here
                throw new CommandFailedException(
                        scenario + ": failed with exit code " + code + ": " + last.replaceFirst("^retort: ", ""));
            }
        } finally {
            process.destroy();
            removeHook(killer);
        }
        RunFolder run = new RunFolder(folder);
        return new Outcome(scenario, run, RunHistory.read(run.metrics()));
    }

    private void writeReport(Path page, List<Outcome> outcomes) throws IOException {
        Map<String, String> common = new LinkedHashMap<>();
        StoredOptions.all(spec).without(OWN_OPTIONS).values().forEach((name, values) -> {
            if (!values.isEmpty()) {
                common.put(name, String.join(", ", values));
            }
        });
        Path folder = page.toAbsolutePath().normalize().getParent();
        List<ComparisonReport.Entry> entries = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            Path own = outcome.folder().report().toAbsolutePath().normalize();
            entries.add(new ComparisonReport.Entry(
                    outcome.scenario().toString(), outcome.run(), out == null ? null : link(folder, own)));
        }
        ComparisonReport.write(page, entries, common);
    }

    /** A relative address: the folder may be moved, or looked at through a server. */
    private static String link(@Nullable Path folder, Path file) {
        if (folder == null || !folder.getRoot().equals(file.getRoot())) {
            return file.toUri().toString();
        }
        StringBuilder link = new StringBuilder();
        for (Path name : folder.relativize(file)) {
            link.append(link.length() == 0 ? "" : "/")
                    .append(URLEncoder.encode(name.toString(), StandardCharsets.UTF_8)
                            .replace("+", "%20"));
        }
        return link.toString();
    }

    private void printJson(List<Outcome> outcomes) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        for (Outcome outcome : outcomes) {
            RunHistory.End end = outcome.run().end();
            ObjectNode row = all.addObject();
            row.put("scenario", outcome.scenario().toString());
            row.put("parameters", outcome.mostTrained().elementCount());
            row.put("trained", outcome.mostTrained().trainedCount());
            row.put("percent", 100 * outcome.mostTrained().trainedShare());
            row.put("secondsPerEpoch", outcome.secondsPerEpoch());
            row.put("peakBytes", end == null || end.peakBytes() < 0 ? null : end.peakBytes());
            row.put("bestEpoch", end == null || end.bestEpoch() < 0 ? null : end.bestEpoch() + 1);
            row.set("dev", EvaluationJson.of(outcome.dev()));
        }
        PrintStream print = streams.print();
        print.println(all.toPrettyString());
        print.flush();
    }

    private void print(List<Outcome> outcomes, @Nullable Path page) {
        ColumnTable table = new ColumnTable("scenario");
        table.group("trained", "%", "s/epoch", "peak MiB", "best");
        List<String> tasks = outcomes.get(0).dev().tasks().stream()
                .map(Evaluation.TaskEvaluation::task)
                .toList();
        tasks.forEach(task -> table.group(task, "macro-F1"));
        if (!tasks.isEmpty()) {
            table.group("joint");
        }
        for (Outcome outcome : outcomes) {
            RunHistory.End end = outcome.run().end();
            List<String> row = new ArrayList<>();
            row.add(outcome.scenario().toString());
            row.add(String.format(Locale.ROOT, "%,d", outcome.mostTrained().trainedCount()));
            row.add(String.format(
                    Locale.ROOT, "%.2f", 100 * outcome.mostTrained().trainedShare()));
            row.add(String.format(Locale.ROOT, "%.2f", outcome.secondsPerEpoch()));
            row.add(
                    end == null || end.peakBytes() < 0
                            ? "-"
                            : String.format(Locale.ROOT, "%,.0f", end.peakBytes() / BYTES_A_MEBIBYTE));
            row.add(end == null || end.bestEpoch() < 0 ? "-" : Integer.toString(end.bestEpoch() + 1));
            for (Evaluation.TaskEvaluation task : outcome.dev().tasks()) {
                row.add(share(task.accuracy()));
                row.add(task.rows() == 0 ? "-" : share(task.macroF1()));
            }
            if (!tasks.isEmpty()) {
                row.add(share(outcome.dev().jointAccuracy()));
            }
            table.row(row);
        }
        PrintStream print = streams.print();
        table.print(print, streams.terminals().out() ? streams.terminals().width() : Integer.MAX_VALUE);
        if (page != null) {
            print.println();
            print.println("report    " + page);
        }
        print.flush();
    }

    private static String share(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }
}
