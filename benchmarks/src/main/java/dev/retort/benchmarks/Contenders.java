package dev.retort.benchmarks;

import dev.retort.benchmarks.corpus.Corpus;
import dev.retort.benchmarks.model.RandomModel;
import dev.retort.benchmarks.peer.BareProductsPeer;
import dev.retort.benchmarks.peer.PeerProcess;
import dev.retort.benchmarks.peer.RetortPeer;
import dev.retort.benchmarks.peer.TokenizerPeer;
import dev.retort.benchmarks.training.RetortTraining;
import dev.retort.benchmarks.training.TrainingCase;
import dev.retort.benchmarks.training.TrainingSet;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How each engine is started, and what it needs beforehand. */
final class Contenders {

    private static final String ONNX = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
    private static final String NO_PYTHON = "needs Python with the packages that its script names: give --python";

    private final @Nullable Path peers;
    private final Path work;
    private final @Nullable Path python;
    private final int threads;

    /**
     * @param peers the folder benchmarks/peers, built, or null
     * @param work generated files go here and are used again
     * @param python for the engines and exports that are scripts, or null
     */
    Contenders(@Nullable Path peers, Path work, @Nullable Path python, int threads) {
        this.peers = peers;
        this.work = work;
        this.python = python;
        this.threads = threads;
    }

    // ---- all-MiniLM-L6-v2 ----

    Contender retort(Precision precision) {
        return retort(precision, "default");
    }

    /** With a heap of fixed size that is touched at the start, so that what grows is native memory. */
    Contender retortWithFixedHeap(Precision precision) {
        return own(
                "Retort " + nameOf(precision) + ", fixed heap",
                List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"),
                RetortPeer.class,
                "default",
                nameOf(precision),
                "" + threads);
    }

    /** The default model's tokenizer without the model. */
    Contender tokenizer() {
        return own("tokenizer", List.of(), TokenizerPeer.class);
    }

    Contender onnxRuntime(boolean quantized) {
        String name = "ONNX Runtime " + (quantized ? "int8 (-q)" : "f32");
        String resource = quantized ? "all-minilm-l6-v2-q.onnx" : ONNX;
        return java(
                name, "onnxruntime", "OnnxRuntimePeer", true, resource, TOKENIZER, Integer.toString(threads), "256");
    }

    Contender langChain4j(boolean quantized) {
        String name = "LangChain4j " + (quantized ? "int8 (-q)" : "f32");
        return java(name, "langchain4j", "LangChain4jPeer", false, quantized ? "q" : "f32");
    }

    Contender springAi() {
        return java("Spring AI f32", "springai", "SpringAiPeer", false, ONNX, TOKENIZER);
    }

    Contender djl() throws IOException {
        String name = "DJL PyTorch f32";
        Path model = work.resolve("minilm.pt");
        if (!Files.exists(model)) {
            String problem = runScript("export_torchscript.py", miniLmOnnx().toString(), model.toString());
            if (problem != null) {
                return Contender.missing(name, problem);
            }
        }
        return java(name, "djl", "DjlPeer", true, model.toString(), TOKENIZER, Integer.toString(threads));
    }

    /** Its two ways to use the threads: all for one request, or several requests at once. */
    List<Contender> openVino(Precision precision) throws IOException {
        return List.of(openVino(precision, "LATENCY"), openVino(precision, "THROUGHPUT"));
    }

    private Contender openVino(Precision precision, String hint) throws IOException {
        String name = "OpenVINO " + nameOf(precision) + ", " + hint;
        if (python == null || peers == null) {
            return Contender.missing(name, NO_PYTHON);
        }
        return script(
                name,
                "openvino_peer.py",
                miniLmOnnx().toString(),
                tokenizerJson().toString(),
                nameOf(precision),
                Integer.toString(threads),
                hint,
                calibrationTexts().toString());
    }

    // ---- DistilBERT-base shape ----

    Contender retortBase(Precision precision) throws IOException {
        return retort(precision, baseFolder().toString());
    }

    /** The products that so many texts of so many tokens need in float32. */
    Contender productsBase(int texts, int length) {
        DistilBertConfig sizes = RandomModel.base();
        return own(
                "oneDNN products",
                List.of(),
                BareProductsPeer.class,
                "" + sizes.layerCount(),
                "" + texts,
                "" + length,
                "" + sizes.hiddenSize(),
                "" + sizes.headCount(),
                "" + sizes.innerSize(),
                "" + threads);
    }

    Contender onnxRuntimeBase(boolean quantized) throws IOException {
        String name = "ONNX Runtime " + (quantized ? "int8 (dynamic, per channel)" : "f32");
        Path model = work.resolve(quantized ? "base-int8.onnx" : "base.onnx");
        if (!Files.exists(model)) {
            String problem = runScript("export_onnx.py", baseFolder().toString(), work.toString());
            if (problem != null) {
                return Contender.missing(name, problem);
            }
        }
        return java(
                name,
                "onnxruntime",
                "OnnxRuntimePeer",
                true,
                model.toString(),
                TOKENIZER,
                Integer.toString(threads),
                "512");
    }

    // ---- training DistilBERT's base shape ----

    /** A run of ours, with the JVM's options of the command line. */
    Contender retortTraining(TrainingCase trained, TrainingSet set) throws IOException {
        Files.createDirectories(work);
        Path model = RandomModel.writeNormalized(RandomModel.base(), work.resolve("base-normalized"));
        return own(
                "Retort training",
                List.of("-XX:+UseSerialGC", "-Xms128m", "-XX:NewSize=64m", "-XX:SurvivorRatio=2"),
                RetortTraining.class,
                model.toString(),
                trained.toString(),
                set.file().toString(),
                "" + set.batchSize(),
                "" + set.batches(),
                "" + set.sorted(),
                "" + threads);
    }

    /** @param narrow whether in bfloat16 autocast, its fastest, instead of float32 */
    Contender torchTraining(TrainingCase trained, boolean narrow) {
        String precision = narrow ? "bf16" : "f32";
        String name = "PyTorch training " + precision;
        return python == null || peers == null
                ? Contender.missing(name, NO_PYTHON)
                : script(name, "train_peer.py", trained.toString(), precision, Integer.toString(threads));
    }

    // ---- how ----

    static String nameOf(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    private Contender retort(Precision precision, String model) {
        return own("Retort " + nameOf(precision), List.of(), RetortPeer.class, model, nameOf(precision), "" + threads);
    }

    /** A class of this module. */
    private static Contender own(String name, List<String> options, Class<?> mainClass, String... arguments) {
        List<String> command = new ArrayList<>(List.of(javaExecutable()));
        command.addAll(options);
        command.addAll(List.of(
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass.getName()));
        command.addAll(List.of(arguments));
        return new Contender(name, command, null, false);
    }

    private Contender java(String name, String folder, String mainClass, boolean batches, String... arguments) {
        if (peers == null || !Files.exists(peers.resolve(folder).resolve("target/peer.classpath"))) {
            return Contender.missing(name, "not built: mvn -Ppeers -DskipTests package");
        }
        Path target = peers.resolve(folder).resolve("target");
        try {
            List<String> command = new ArrayList<>(List.of(
                    javaExecutable(),
                    "-Dai.djl.offline=true",
                    "-cp",
                    String.join(
                            File.pathSeparator,
                            target.resolve("classes").toString(),
                            placeOf(PeerProcess.class).toString(),
                            Files.readString(target.resolve("peer.classpath")).strip()),
                    "dev.retort.peers." + mainClass));
            command.addAll(List.of(arguments));
            return new Contender(name, command, null, batches);
        } catch (IOException e) {
            return Contender.missing(name, e.toString());
        }
    }

    /** Where the line protocol's classes are: a folder or a jar. */
    private static Path placeOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("class path: not a path: " + type, e);
        }
    }

    private static String javaExecutable() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private Contender script(String name, String script, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(String.valueOf(python), String.valueOf(peers == null ? null : peers.resolve(script))));
        command.addAll(List.of(arguments));
        return new Contender(name, command, null, true);
    }

    /** Runs a script to its end; what went wrong, or null. */
    private @Nullable String runScript(String script, String... arguments) throws IOException {
        if (python == null || peers == null) {
            return NO_PYTHON;
        }
        Path log = work.resolve(script + ".log");
        Process process = PeerProcess.builder(script("", script, arguments).command())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            int status = process.waitFor();
            return status == 0 ? null : script + " failed: " + log;
        } catch (InterruptedException interruption) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(script + ": interrupted", interruption);
        }
    }

    private Path miniLmOnnx() throws IOException {
        return unpacked(ONNX);
    }

    private Path tokenizerJson() throws IOException {
        return unpacked(TOKENIZER);
    }

    private Path unpacked(String resource) throws IOException {
        Path file = work.resolve(resource);
        if (!Files.exists(file)) {
            Files.createDirectories(work);
            try (InputStream stream = Contenders.class.getClassLoader().getResourceAsStream(resource)) {
                if (stream == null) {
                    throw new FileNotFoundException(resource + ": not on the class path: add dev.retort:retort-minilm");
                }
                Files.copy(stream, file);
            }
        }
        return file;
    }

    private Path calibrationTexts() throws IOException {
        Path file = work.resolve("calibration.txt");
        Files.createDirectories(work);
        return Files.write(file, Corpus.bundled().texts());
    }

    private Path baseFolder() throws IOException {
        Files.createDirectories(work);
        return RandomModel.write(RandomModel.base(), work.resolve("base"));
    }
}
