package dev.retort.weights.bundled;

import static dev.retort.weights.ParityTable.assertError;
import static dev.retort.weights.RecordedTensors.difference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.SharedFolder;
import dev.retort.model.Mode;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.TensorSet.Tensor;
import dev.retort.weights.onnx.OnnxEncoder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceModel;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The model that the project comes with, as the jar on the tests' class path has it. */
class BundledModelTest {

    private static final LoadOptions OPTIONS = new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32);

    @TempDir
    static Path cache;

    private static SentenceModel model;

    @BeforeAll
    static void load() throws IOException {
        try (SentenceCheckpoint checkpoint = BundledModel.open(source(), Optional.of(cache), BundledModel.FORMAT)) {
            model = checkpoint.load(OPTIONS);
        }
    }

    private static ModelSource source() {
        ClassLoader loader = BundledModel.class.getClassLoader();
        return new ModelSource(
                BundledModel.NAME,
                loader.getResource(BundledModel.ONNX),
                loader.getResource(BundledModel.TOKENIZER),
                BundledModel.MAX_SEQUENCE_LENGTH);
    }

    @Test
    void load_pipeline_isTheModelsOwn() {
        assertThat(model.report().pipeline())
                .isEqualTo("DistilBERT(6 layers, 384 wide, 12 heads, gelu) -> mean -> Normalize, at most 256 tokens");
        assertThat(model.report().used()).hasSize(100);
        assertThat(model.report().warnings()).isEmpty();
        assertThat(model.encoder().normalizes()).isTrue();
    }

    /** Expected: ONNX Runtime 1.32 on the same file, mean and unit length in float64. */
    @Test
    void forward_twoTexts_givesTheirVectors() {
        int[] cat = {101, 1037, 4937, 7719, 2006, 1996, 13523, 102}; // A cat sits on the mat
        int[] dog = {101, 16417, 15876, 4859, 102}; // Ein Hund

        INDArray vectors = forward(model, List.of(cat, dog));

        assertThat(Arrays.copyOf(vectors.getRow(0).toFloatVector(), 4))
                .containsExactly(new float[] {0.1287247f, -0.032673f, -0.0229157f, 0.0402305f}, within(1e-6f));
        assertThat(Arrays.copyOfRange(vectors.getRow(0).toFloatVector(), 380, 384))
                .containsExactly(new float[] {0.0062755f, 0.0393887f, 0.0111792f, 0.0630067f}, within(1e-6f));
        assertThat(Arrays.copyOf(vectors.getRow(1).toFloatVector(), 4))
                .containsExactly(new float[] {-0.0232515f, 0.0704449f, -0.0074293f, 0.0079979f}, within(1e-6f));
        assertThat(vectors.getRow(0).sumNumber().doubleValue()).isCloseTo(0.0355905, within(1e-5));
        assertThat(vectors.getRow(1).sumNumber().doubleValue()).isCloseTo(0.0530941, within(1e-5));
    }

    @Test
    void open_withoutCache_givesTheSameVectors() throws IOException {
        SentenceModel inMemory;
        try (SentenceCheckpoint checkpoint = BundledModel.open(source(), Optional.empty(), BundledModel.FORMAT)) {
            inMemory = checkpoint.load(OPTIONS);
        }
        List<int[]> ids = List.of(new int[] {101, 1037, 4937, 102});
        assertThat(forward(inMemory, ids)).isEqualTo(forward(model, ids));
    }

    @Test
    void forward_fixtures_agree() throws IOException {
        Path folder = SharedFolder.require("fixtures/minilm");
        JsonNode recorded =
                new JsonMapper().readTree(folder.resolve("expected.json").toFile());
        List<int[]> ids = new ArrayList<>();
        for (JsonNode row : recorded.get("ids")) {
            int[] text = new int[row.size()];
            for (int i = 0; i < text.length; i++) {
                text[i] = row.get(i).asInt();
            }
            ids.add(text);
        }
        try (RecordedTensors expected = new RecordedTensors(folder.resolve("expected.safetensors"))) {
            assertError(
                    "all-MiniLM-L6-v2",
                    "unit vectors of 40 texts",
                    difference(forward(model, ids), expected.doubles("embeddings")),
                    2e-6);
            for (JsonNode text : recorded.get("traced_texts")) {
                int number = text.asInt();
                List<Variable> states = model.encoder()
                        .encoder()
                        .hiddenStates(PackedTokens.of(List.of(ids.get(number))), Fusions.definitions(), Mode.INFERENCE);
                for (int layer = 0; layer <= 6; layer++) {
                    assertError(
                            "all-MiniLM-L6-v2",
                            "hidden state " + layer,
                            difference(
                                    states.get(layer).value(),
                                    expected.doubles("text." + number + ".hidden_states." + layer)),
                            2e-5);
                }
            }
        }
    }

    @Test
    void onnx_tensors_areThoseOfTheOriginalCheckpoint() throws IOException {
        Path facts = SharedFolder.require("fixtures/minilm/onnx-weights.json");
        Map<String, List<Long>> expected = new TreeMap<>();
        for (JsonNode tensor : new JsonMapper().readTree(facts.toFile()).get("tensors")) {
            List<Long> shape = new ArrayList<>();
            tensor.get("shape").forEach(extent -> shape.add(extent.asLong()));
            expected.put(tensor.get("name").asText(), shape);
        }
        Map<String, List<Long>> actual = new TreeMap<>();
        try (InputStream stream = source().onnx().openStream()) {
            for (Tensor tensor : OnnxEncoder.read(BundledModel.NAME, stream).tensors()) {
                actual.put(tensor.name(), tensor.shape());
            }
        }
        assertThat(actual).isEqualTo(expected).hasSize(101);
    }

    @Test
    void open_twoProcessesTogether_getOneFolder(@TempDir Path empty) throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx1g",
                            "-D" + BundledModel.CACHE_PROPERTY + "=" + empty,
                            "-cp",
                            System.getProperty("java.class.path"),
                            BundledModelProcess.class.getName())
                    .start());
        }
        for (Process process : processes) {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }
        List<String> printed = new ArrayList<>();
        List<String> logs = new ArrayList<>();
        for (Process process : processes) { // what they print is less than a pipe holds
            printed.add(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            logs.add(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
            assertThat(process.waitFor()).as(logs.toString()).isZero();
        }
        assertThat(printed.get(0))
                .startsWith(empty.resolve("all-MiniLM-L6-v2-1") + " ")
                .isEqualTo(printed.get(1));
        assertThat(logs)
                .filteredOn(log -> log.contains("all-MiniLM-L6-v2-1: written"))
                .hasSize(1);
        try (var entries = Files.list(empty)) {
            assertThat(entries.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(".all-MiniLM-L6-v2-1.lock", "all-MiniLM-L6-v2-1");
        }
    }

    @Test
    void open_modelNotOnClassPath_namesTheArtifact() throws Exception {
        List<URL> classPath = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("langchain4j-embeddings")) {
                classPath.add(Path.of(entry).toUri().toURL());
            }
        }
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        try (URLClassLoader without =
                new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(without);
            Class<?> type = without.loadClass(BundledModel.class.getName());
            assertThatThrownBy(() -> type.getMethod("open").invoke(null))
                    .cause()
                    .isInstanceOf(FileNotFoundException.class)
                    .hasMessage("default model: not on the class path: all-minilm-l6-v2.onnx: add the dependency "
                            + "dev.retort:retort-minilm, or load a model folder of your own");
        } finally {
            thread.setContextClassLoader(context);
        }
    }

    private static INDArray forward(SentenceModel model, List<int[]> ids) {
        return model.encoder()
                .forward(PackedTokens.of(ids), Fusions.definitions(), Mode.INFERENCE)
                .value();
    }
}
