package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.model.TokenCounter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How fast is Retort beside the engines that a program could use instead, on the same texts, in the same minutes, at what quality? Prints a
 * table: each line a ratio, its target and whether it is met.
 *
 * <p>Each engine runs in a process of its own with the class path its makers chose; they take turns. Tokenisation is inside every figure.
 * An engine that is not there leaves its line in the table, with the reason.
 *
 * <pre>
 *   mvn -Ppeers -DskipTests package
 *   java -cp benchmarks/target/classes:$(cat benchmarks/target/benchmarks.classpath) dev.retort.benchmarks.Comparison --quick --corpus stsb_dev.tsv
 * </pre>
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Compares Retort with other engines on this machine and prints a table of ratios.",
        footer = {
            "",
            "The other engines are built by: mvn -Ppeers -DskipTests package",
            "The variables OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, OPENBLAS_NUM_THREADS and OMP_NUM_THREADS are taken",
            "from the engines' environment: they would bind kernels to another machine's choice."
        })
public final class Comparison implements Callable<Integer> {

    private static final Path PEERS = Path.of("benchmarks", "peers");
    private static final long QUICK_NANOS = 270_000_000_000L; // the row that begins last may take half a minute

    @Option(
            names = "--quick",
            description =
                    "Five minutes: fewer rounds, part of the corpus, the small model only. What no longer fits is named.")
    private boolean quick;

    @Option(names = "--full", description = "Everything, which takes above an hour. The default.")
    private boolean full;

    @Option(
            names = "--only",
            paramLabel = "ROW",
            description = "Only rows whose names begin so; may be repeated. --list prints the names.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--list", description = "Prints the rows' names and questions and ends.")
    private boolean list;

    @Option(
            names = "--corpus",
            paramLabel = "FILE",
            description =
                    "A tab-separated file with a column text, or sentence1, sentence2 and score; else bundled sentences.")
    private @Nullable Path corpusFile;

    @Option(
            names = "--labelled",
            paramLabel = "FILE",
            description =
                    "For the rows of training: a file of texts with columns topic and sentiment, 5,070 rows at least.")
    private @Nullable Path labelled;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Also writes the table as Markdown.")
    private @Nullable Path markdown;

    @Option(names = "--json", paramLabel = "FILE", description = "Also writes all figures as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--merge",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Measures nothing: makes one table of the JSON files of several runs.")
    private List<Path> merge = new ArrayList<>();

    @Option(
            names = "--peers",
            paramLabel = "FOLDER",
            description = "The built folder benchmarks/peers; else the one above or below the working directory.")
    private @Nullable Path peers;

    @Option(
            names = "--python",
            paramLabel = "EXECUTABLE",
            description =
                    "For OpenVINO, training and exports: a Python with openvino, nncf, torch, transformers, onnx, onnxruntime.")
    private @Nullable Path python;

    @Option(
            names = "--work",
            paramLabel = "FOLDER",
            description = "For exported models, which are used again. Default: retort-bench in the temporary folder.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir"), "retort-bench");

    @Option(names = "--threads", description = "Computing threads of each engine that can be told. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--rounds", description = "A B pairs of each figure. Default: 3 if quick, else 7.")
    private int rounds;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);

    public static void main(String[] args) {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn"); // before the first logger
        System.exit(new CommandLine(new Comparison()).execute(args));
    }

    /**
     * Where the table and the progress go; standard output and standard error otherwise.
     *
     * @param table gets the table when all is measured
     * @param log gets a line for each step
     */
    public Comparison to(PrintWriter table, PrintWriter log) {
        this.out = table;
        this.progress = log;
        return this;
    }

    @Override
    public Integer call() throws IOException {
        if (quick && full) {
            throw new ParameterException(spec.commandLine(), "--quick and --full: expected one of them");
        }
        if (list) {
            Grid grid = new Grid("row", "quick", "question");
            Rows.all().forEach(row -> grid.add(row.name(), row.quick() ? "yes" : "", row.question()));
            grid.aligned().forEach(out::println);
            return CommandLine.ExitCode.OK;
        }
        if (!merge.isEmpty()) {
            List<Report> reports = new ArrayList<>();
            for (Path file : merge) {
                reports.add(ReportJson.read(file));
            }
            write(Report.merged(reports));
            return CommandLine.ExitCode.OK;
        }
        List<Row> rows = rows();
        long start = System.nanoTime();
        progress.println("measuring the processor");
        Map<String, String> machine = Machine.describe(threads);
        Corpus corpus = corpusFile == null ? Corpus.configured() : Corpus.ofTabSeparated(corpusFile);
        List<Double> scores = corpusFile == null ? List.of() : Corpus.scoresOfTabSeparated(corpusFile);
        machine.put("Texts", corpus.texts().size() + " of " + corpus.name());
        Settings settings = quick ? Settings.quick(rounds) : Settings.full(rounds);
        Contenders contenders = new Contenders(peers == null ? findPeers() : peers, work, python, threads);
        List<Finding> findings = new ArrayList<>();
        try (TokenCounter counter = TokenCounter.open();
                Engines engines = new Engines()) {
            ExactTexts exactTexts = new ExactTexts(corpus, counter);
            Bench bench = new Bench(contenders, engines, corpus, scores, exactTexts, labelled, settings);
            for (Row row : rows) {
                if (quick && System.nanoTime() - start > QUICK_NANOS) {
                    findings.add(Finding.missing(questionOf(row), "five minutes are over; --only " + row.name()));
                } else {
                    measure(row, bench, findings);
                }
            }
            findings.addAll(Report.leastKept(findings));
            machine.put("Took", (System.nanoTime() - start) / 1_000_000_000L + " s");
            write(new Report(command(), machine, engines.descriptions(), findings));
        }
        return CommandLine.ExitCode.OK;
    }

    private List<Row> rows() {
        try {
            return Rows.beginningWith(only).stream()
                    .filter(row -> !quick || row.quick() || !only.isEmpty())
                    .toList();
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), "--only: " + unknown.getMessage(), unknown);
        }
    }

    private void measure(Row row, Bench bench, List<Finding> findings) throws IOException {
        progress.println(row.name() + ": " + row.question());
        int before = findings.size();
        try {
            findings.addAll(row.measurement().take(bench));
        } catch (IOException failure) {
            findings.add(Finding.missing(questionOf(row), failure.getMessage()));
        }
        for (Finding finding : findings.subList(before, findings.size())) {
            progress.println("  " + finding.claim().subject() + ": "
                    + (finding.value() == null ? finding.note() : finding.shown()));
        }
        if (!quick) {
            bench.engines().close(); // what waits holds memory that the next row may want
        }
    }

    private static Claim questionOf(Row row) {
        return new Claim(row.name(), row.question(), null, "");
    }

    private void write(Report report) throws IOException {
        report.text().forEach(out::println);
        out.flush();
        if (markdown != null) {
            Files.write(markdown, report.markdown());
        }
        if (json != null) {
            Files.writeString(json, report.json());
        }
    }

    /** The options that were given, as one would type them; files by their last names. */
    private String command() {
        StringBuilder command = new StringBuilder("bench");
        Set<OptionSpec> given = new LinkedHashSet<>(
                spec.commandLine().getParseResult().matchedOptions()); // one that is repeated is listed as often
        given.forEach(option -> {
            for (String value : option.originalStringValues().isEmpty() ? List.of("") : option.originalStringValues()) {
                boolean path = Path.class.equals(option.type());
                String shown = path ? String.valueOf(Path.of(value).getFileName()) : value;
                boolean flag = option.arity().max() == 0;
                command.append(' ').append(option.longestName()).append(flag ? "" : " " + shown);
            }
        });
        return command.toString();
    }

    private static @Nullable Path findPeers() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve(PEERS))) {
                return folder.resolve(PEERS);
            }
        }
        return null;
    }
}
