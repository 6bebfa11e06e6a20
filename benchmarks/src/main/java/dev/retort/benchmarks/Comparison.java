package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.corpus.ExactTexts;
import dev.retort.benchmarks.model.TokenCounter;
import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.core.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How fast is Retort beside the engines that a Java program could use instead, on the same texts, in the same minutes, at what quality?
 * Prints Markdown: the machine, the versions, and ratios.
 *
 * <p>Each engine runs in a process of its own with the class path its makers chose; the two of a pair take turns. Tokenisation is inside
 * every figure. An engine that is not there is named with the reason.
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
        description = "Compares Retort with the engines built under benchmarks/peers and prints a table of ratios.",
        footer = {
            "",
            "The variables OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, OPENBLAS_NUM_THREADS and OMP_NUM_THREADS are taken",
            "from the engines' environment: they would bind kernels to another machine's choice."
        })
public final class Comparison implements Callable<Integer> {

    private static final Path PEERS = Path.of("benchmarks", "peers");
    private static final double F32_AGREEMENT = 0.9999;

    @Option(names = "--quick", description = "Five minutes: fewer rounds, part of the corpus, the small model only.")
    private boolean quick;

    @Option(
            names = "--corpus",
            paramLabel = "FILE",
            description =
                    "A tab-separated file with a column text, or sentence1 and sentence2; else bundled sentences.")
    private @Nullable Path corpusFile;

    @Option(
            names = "--peers",
            paramLabel = "FOLDER",
            description = "The built folder benchmarks/peers; else the one above or below the working directory.")
    private @Nullable Path peers;

    @Option(
            names = "--python",
            paramLabel = "EXECUTABLE",
            description =
                    "For OpenVINO and for exports: a Python with openvino, nncf, torch, transformers, onnx, onnxruntime.")
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

    @Option(
            names = "--only",
            paramLabel = "WORD",
            description = "Only pairs in whose names this occurs: langchain4j, int8, distilbert. May be repeated.")
    private List<String> only = new ArrayList<>();

    private PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    private PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    private final Set<String> skipped = new LinkedHashSet<>();

    public static void main(String[] args) {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn"); // before the first logger
        System.exit(new CommandLine(new Comparison()).execute(args));
    }

    /**
     * Where the table and the progress go; standard output and standard error otherwise.
     *
     * @param table gets Markdown
     * @param log gets a line for each step
     */
    public Comparison to(PrintWriter table, PrintWriter log) {
        this.out = table;
        this.progress = log;
        return this;
    }

    /** Two engines to be compared. */
    private record Pair(Contender ours, Contender theirs, boolean sameArithmetic) {

        @Override
        public String toString() {
            return ours.name() + " - " + theirs.name();
        }
    }

    /** A pair and what came out. */
    private record Outcome(Pair pair, Duel.Result result) {}

    @Override
    public Integer call() throws IOException {
        Corpus corpus = corpusFile == null ? Corpus.configured() : Corpus.ofTabSeparated(corpusFile);
        Contenders contenders = new Contenders(peers == null ? findPeers() : peers, work, python, threads);
        progress.println("measuring the processor");
        out.println("### Machine\n");
        Machine.describe(threads).forEach(line -> out.println("- " + line));
        try (TokenCounter counter = TokenCounter.open()) {
            ExactTexts exactTexts = new ExactTexts(corpus, counter);
            compare("all-MiniLM-L6-v2", miniLmPairs(contenders), corpus, exactTexts, settings(List.of(8, 32, 128)));
            if (!quick) {
                compare(
                        "DistilBERT-base shape, random weights",
                        basePairs(contenders),
                        corpus,
                        exactTexts,
                        settings(List.of(32, 128, 512)));
            }
        }
        if (!skipped.isEmpty()) {
            out.println("\n### Not compared\n");
            skipped.forEach(line -> out.println("- " + line));
        }
        return CommandLine.ExitCode.OK;
    }

    private Duel.Settings settings(List<Integer> textLengths) {
        return quick
                ? new Duel.Settings(rounds > 0 ? rounds : 3, 1.5, 1, 15, textLengths)
                : new Duel.Settings(rounds > 0 ? rounds : 7, 5, 3, 60, textLengths);
    }

    private static @Nullable Path findPeers() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve(PEERS))) {
                return folder.resolve(PEERS);
            }
        }
        return null;
    }

    private List<Pair> miniLmPairs(Contenders contenders) throws IOException {
        Contender f32 = contenders.retort(Precision.F32);
        Contender bf16 = contenders.retort(Precision.BF16);
        Contender int8 = contenders.retort(Precision.INT8);
        List<Pair> pairs = new ArrayList<>(List.of(
                new Pair(f32, contenders.onnxRuntime(false), true),
                new Pair(f32, contenders.langChain4j(false), true),
                new Pair(f32, contenders.springAi(), true)));
        if (!quick) {
            pairs.add(new Pair(f32, contenders.djl(), true));
        }
        pairs.addAll(List.of(
                new Pair(f32, contenders.openVino(Precision.F32), true),
                new Pair(bf16, f32, false),
                new Pair(bf16, contenders.langChain4j(false), false),
                new Pair(bf16, contenders.openVino(Precision.BF16), false),
                new Pair(int8, contenders.onnxRuntime(true), false),
                new Pair(int8, contenders.langChain4j(true), false),
                new Pair(int8, contenders.openVino(Precision.INT8), false)));
        return pairs;
    }

    private static List<Pair> basePairs(Contenders contenders) throws IOException {
        Contender f32 = contenders.retortBase(Precision.F32);
        return List.of(
                new Pair(f32, contenders.onnxRuntimeBase(false), true),
                new Pair(contenders.retortBase(Precision.BF16), f32, false),
                new Pair(contenders.retortBase(Precision.INT8), contenders.onnxRuntimeBase(true), false));
    }

    private void compare(String model, List<Pair> pairs, Corpus corpus, ExactTexts exactTexts, Duel.Settings settings) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Pair pair : pairs) {
            if (isWanted(model + ": " + pair) && isThere(pair.ours()) && isThere(pair.theirs())) {
                progress.println(model + ": " + pair);
                try {
                    Duel.Result result = Duel.fight(pair.ours(), pair.theirs(), corpus, exactTexts, settings);
                    requireAgreement(pair, result);
                    outcomes.add(new Outcome(pair, result));
                } catch (IOException e) {
                    skip(pair.toString(), String.valueOf(e.getMessage()));
                }
            }
        }
        if (outcomes.isEmpty()) {
            return;
        }
        out.println("\n### " + model + "\n");
        versions(outcomes).forEach(version -> out.println("- " + version));
        printCorpus(outcomes);
        printTexts(outcomes);
        printStarts(outcomes);
        out.flush();
    }

    private boolean isWanted(String modelAndPair) {
        String name = modelAndPair.toLowerCase(Locale.ROOT);
        return only.isEmpty() || only.stream().anyMatch(word -> name.contains(word.toLowerCase(Locale.ROOT)));
    }

    private boolean isThere(Contender contender) {
        if (contender.missing() == null) {
            return true;
        }
        skip(contender.name(), contender.missing());
        return false;
    }

    private void skip(String what, String why) {
        if (skipped.add(what + ": " + why)) {
            progress.println(what + ": skipped: " + why);
        }
    }

    /** Engines that compute another thing are not compared. */
    private static void requireAgreement(Pair pair, Duel.Result result) throws IOException {
        if (pair.sameArithmetic() && !(result.leastCosine() >= F32_AGREEMENT)) {
            throw new IOException(
                    "vectors differ: expected a cosine of at least " + F32_AGREEMENT + ", got " + result.leastCosine());
        }
    }

    private static Set<String> versions(List<Outcome> outcomes) {
        Set<String> versions = new LinkedHashSet<>();
        for (Outcome outcome : outcomes) {
            versions.add(outcome.result().ourDescription());
            versions.add(outcome.result().theirDescription());
        }
        return versions;
    }

    private void printCorpus(List<Outcome> outcomes) {
        out.println(
                "\nMany texts, tokens/ms (real tokens, padding not counted), medians and extremes of neighbouring A B"
                        + " pairs; then the same beside one busy thread:\n");
        out.println("| Retort | engine | texts | Retort | engine | ratio | busy: Retort | engine | ratio | Retort keeps"
                + " | cosine mean, least |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Outcome outcome : outcomes) {
            Duel.Result result = outcome.result();
            String batch = result.batch() == 0 ? "" : ", batch " + result.batch() + " (best)";
            out.println(row(
                    outcome.pair().ours().name(),
                    outcome.pair().theirs().name() + batch,
                    named(result.corpus()) + ", " + result.tokens() + " tokens",
                    cells(result.rates(), true),
                    String.format(Locale.ROOT, "%.5f, %.5f", result.meanCosine(), result.leastCosine())));
        }
    }

    private void printTexts(List<Outcome> outcomes) {
        out.println("\nOne text a call, ms (of each round the median of many calls); then beside one busy thread:\n");
        out.println(
                "| Retort | engine | tokens | Retort | engine | ratio | busy: Retort | engine | ratio | Retort keeps |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Outcome outcome : outcomes) {
            outcome.result()
                    .times()
                    .forEach((length, measured) -> out.println(row(
                            outcome.pair().ours().name(),
                            outcome.pair().theirs().name(),
                            length,
                            cells(measured, false))));
        }
    }

    private static String cells(Duel.Twice measured, boolean higherIsFaster) {
        return String.join(
                " | ",
                measured.idle().ours().toString(),
                measured.idle().theirs().toString(),
                times(measured.idle().ratio()),
                measured.busy().ours().toString(),
                measured.busy().theirs().toString(),
                times(measured.busy().ratio()),
                String.format(Locale.ROOT, "%.2f", measured.kept(higherIsFaster)));
    }

    /** Fresh processes, in turns. */
    private void printStarts(List<Outcome> outcomes) {
        Map<String, Contender> contenders = new LinkedHashMap<>();
        Map<String, Integer> batches = new LinkedHashMap<>();
        Corpus smallest = outcomes.get(0).result().corpus();
        for (Outcome outcome : outcomes) {
            contenders.put(outcome.pair().ours().name(), outcome.pair().ours());
            contenders.put(outcome.pair().theirs().name(), outcome.pair().theirs());
            batches.put(outcome.pair().theirs().name(), outcome.result().batch());
            Corpus corpus = outcome.result().corpus();
            smallest = corpus.texts().size() < smallest.texts().size() ? corpus : smallest;
        }
        int starts = quick ? 3 : 5;
        Map<String, double[]> seconds = new LinkedHashMap<>();
        Map<String, Long> peaks = new LinkedHashMap<>();
        for (int start = 0; start < starts; start++) {
            for (Contender contender : contenders.values()) {
                progress.println("start " + (start + 1) + " of " + starts + ": " + contender.name());
                try (PeerProcess process = contender.start()) {
                    seconds.computeIfAbsent(contender.name(), name -> new double[starts])[start] =
                            process.startNanos() / 1e9;
                    if (start == starts - 1) {
                        peaks.put(contender.name(), peak(process, smallest, batches.getOrDefault(contender.name(), 0)));
                    }
                } catch (IOException e) {
                    skip("start of " + contender.name(), String.valueOf(e.getMessage()));
                }
            }
        }
        out.println(
                "\nFrom the creation of the process to the first embedding, and the peak resident memory of a process that"
                        + " embeds " + named(smallest) + " once:\n");
        out.println("| engine | s | MiB |");
        out.println("| --- | --- | --- |");
        seconds.forEach((name, values) -> out.println(row(name, Spread.of(values), peaks.getOrDefault(name, -1L))));
    }

    private static long peak(PeerProcess process, Corpus corpus, int batch) throws IOException {
        if (batch > 0) {
            process.batchSize(batch);
        }
        process.texts(corpus.texts());
        process.encode(1);
        return process.peakResidentMiB();
    }

    /** {@code 3000 texts of stsb_dev.tsv}. */
    private static String named(Corpus corpus) {
        return corpus.texts().size() + " texts of " + corpus.name();
    }

    private static String times(Spread ratio) {
        return "**" + ratio + "x**";
    }

    private static String row(Object... cells) {
        StringBuilder row = new StringBuilder("|");
        for (Object cell : cells) {
            row.append(' ').append(cell).append(" |");
        }
        return row.toString();
    }
}
