package dev.retort.weights.sentencetransformers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.BFloat16;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.model.Mode;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Folders written in bfloat16 and int8: what lies in them, and which damage is found. That they compute right is tested in {@code inference}. */
class NarrowFolderTest {

    private static final LoadOptions FLOAT32 = new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32);
    private static final String LINEAR = "transformer.layer.1.ffn.lin1.weight"; // (11, 35)
    private static final String TABLE = "embeddings.word_embeddings.weight"; // (17, 35)
    private static final String NORM = "transformer.layer.0.sa_layer_norm.weight"; // (35)

    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void name() {
        folder = temporary.resolve("narrow");
    }

    private static SentenceCheckpoint small(SmallTensors tensors, Architecture architecture) throws IOException {
        SmallTensors dense = new SmallTensors();
        float[] weight = new float[6 * 35];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (i * 37 % 101 - 50) / 60f;
        }
        dense.put("linear.weight", weight, List.of(6L, 35L)).put("linear.bias", 1, 2, 3, 4, 5, 6);
        SentenceSettings settings = SentenceSettings.mean(8)
                .withModules(List.of(new ModuleSettings.OfDense(35, 6, true, Activation.TANH, dense)));
        return SentenceCheckpoint.of(
                tensors,
                new EncoderConfig(architecture, SmallTensors.CONFIG),
                settings,
                new TokenizerFiles.InMemory("small", "{\"model\": {}}".getBytes(StandardCharsets.UTF_8)));
    }

    private SmallTensors write(Precision precision) throws IOException {
        SmallTensors tensors = SmallTensors.distilBert();
        try (SentenceCheckpoint checkpoint = small(tensors, Architecture.DISTILBERT)) {
            checkpoint.write(folder, ExistingFolder.REFUSE, precision, more -> {});
        }
        return tensors;
    }

    private static float[] floats(TensorSet tensors, String name) {
        TensorSet.Tensor tensor = tensors.tensor(name).orElseThrow();
        float[] values = new float[(int) tensor.elementCount()];
        tensors.readFloats(tensor, 0, values, 0, values.length);
        return values;
    }

    private static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = BFloat16.widen(BFloat16.of(values[i]));
        }
        return rounded;
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> SentenceModel.load(folder, FLOAT32))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(message);
    }

    private void edit(String file, String text, String replacement) throws IOException {
        Path path = folder.resolve(file);
        String content = Files.readString(path);
        assertThat(content).contains(text);
        Files.writeString(path, content.replace(text, replacement));
    }

    // ---- what is written

    @Test
    void write_int8_hasIntegersWithinHalfAStepOfTheOriginal() throws IOException {
        float[] original = write(Precision.INT8).elements(LINEAR);

        try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("model.int8.safetensors"))) {
            float[] scales = new float[11];
            checkpoint.readFloats(checkpoint.tensor(LINEAR + "_scale").orElseThrow(), 0, scales, 0, 11);
            float[] stored = floats(TensorSet.of(checkpoint), LINEAR);

            for (int i = 0; i < stored.length; i++) {
                assertThat(Math.abs(stored[i] - original[i])).isLessThanOrEqualTo(0.5001f * scales[i / 35]);
            }
            assertThat(checkpoint.metadata())
                    .containsEntry("format", "retort")
                    .containsEntry("retort.quantization", "int8-per-channel/1");
        }
        assertThat(folder.resolve("model.safetensors")).doesNotExist();
        assertThat(folder.resolve("2_Dense/model.int8.safetensors")).exists();
    }

    @Test
    void write_int8_leavesNormsAndBiasesAndRoundsTables() throws IOException {
        SmallTensors original = write(Precision.INT8);

        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            assertThat(floats(written.encoderTensors(), NORM)).containsExactly(original.elements(NORM));
            assertThat(floats(written.encoderTensors(), TABLE)).containsExactly(rounded(original.elements(TABLE)));
            Map<String, Long> types = written.tensors().stream()
                    .collect(Collectors.groupingBy(TensorSet.Tensor::type, TreeMap::new, Collectors.counting()));
            assertThat(types).containsExactly(Map.entry("BF16", 2L), Map.entry("F32", 23L), Map.entry("I8", 13L));
            assertThat(written.precision()).isEqualTo(Precision.INT8);
        }
    }

    @Test
    void write_bf16_roundsLinearLayersAndTables() throws IOException {
        SmallTensors original = write(Precision.BF16);

        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            assertThat(floats(written.encoderTensors(), LINEAR)).containsExactly(rounded(original.elements(LINEAR)));
            assertThat(floats(written.encoderTensors(), TABLE)).containsExactly(rounded(original.elements(TABLE)));
            assertThat(floats(written.encoderTensors(), NORM)).containsExactly(original.elements(NORM));
            assertThat(written.precision()).isEqualTo(Precision.BF16);
        }
        assertThat(Files.readString(folder.resolve("config.json")))
                .contains("\"model_type\" : \"distilbert\"", "\"torch_dtype\" : \"bfloat16\"");
    }

    @Test
    void write_int8OfAQuantizedFolder_copiesItToTheByte() throws IOException {
        write(Precision.INT8);
        Path again = temporary.resolve("again");

        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            checkpoint.write(again, ExistingFolder.REFUSE, Precision.INT8, more -> {});
        }

        for (String file : List.of("model.int8.safetensors", "2_Dense/model.int8.safetensors", "config.json")) {
            assertThat(again.resolve(file)).hasSameBinaryContentAs(folder.resolve(file));
        }
    }

    @Test
    void write_float32OfAQuantizedFolder_isAPlainFolderOfTheRoundedNumbers() throws IOException {
        write(Precision.INT8);
        Path plain = temporary.resolve("plain");

        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            checkpoint.write(plain, ExistingFolder.REFUSE);
            try (SentenceCheckpoint written = SentenceCheckpoint.open(plain)) {
                assertThat(floats(written.encoderTensors(), LINEAR))
                        .containsExactly(floats(checkpoint.encoderTensors(), LINEAR));
                assertThat(written.narrowFormat()).isNull();
            }
        }
    }

    @Test
    void write_int8OfABert_foldsItsTokenTypes() throws IOException {
        INDArray expected;
        try (SentenceCheckpoint checkpoint = small(SmallTensors.bert(), Architecture.BERT)) {
            checkpoint.write(folder, ExistingFolder.REFUSE, Precision.INT8, more -> {});
            expected = encode(checkpoint.load(FLOAT32));
        }
        INDArray actual = encode(SentenceModel.load(folder, FLOAT32));

        assertThat(actual.sub(expected).amaxNumber().doubleValue()).isPositive().isLessThan(0.05);
    }

    private static INDArray encode(SentenceModel model) {
        return model.encoder()
                .forward(PackedTokens.of(List.of(new int[] {2, 5, 7, 3})), Fusions.definitions(), Mode.INFERENCE)
                .value();
    }

    @Test
    void write_int8OfANumberThatIsNone_namesItAndLeavesNothing() throws IOException {
        SmallTensors tensors = SmallTensors.distilBert();
        tensors.elements(LINEAR)[40] = Float.NaN;
        try (SentenceCheckpoint checkpoint = small(tensors, Architecture.DISTILBERT)) {
            assertThatThrownBy(() -> checkpoint.write(folder, ExistingFolder.REFUSE, Precision.INT8, more -> {}))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessage(
                            "small.safetensors: tensor " + LINEAR + ": element 40 is NaN, which int8 cannot express");
        }
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }

    // ---- what is read

    @Test
    void load_inFloat32_saysWhatTheNumbersAre() throws IOException {
        write(Precision.INT8);

        SentenceModel model = SentenceModel.load(folder, FLOAT32);

        assertThat(model.narrowFormat()).isEqualTo(NarrowFormat.INT8);
        assertThat(model.report().remarks())
                .containsExactly(
                        "weights: int8-per-channel/1, to be computed in INT8",
                        "weights: stored as int8-per-channel/1, computed in F32: they keep the rounding of INT8, and the"
                                + " vectors are neither INT8's nor the original model's in F32");
    }

    @Test
    void load_configOfAnotherModel_isRefused() throws IOException {
        write(Precision.INT8);
        edit("config.json", "retort_distilbert", "distilbert");
        assertRefused("config.json: model_type: expected retort_distilbert, as model.int8.safetensors is"
                + " int8-per-channel/1, got \"distilbert\"");
    }

    @Test
    void load_weightsOfAnotherModel_areRefused() throws IOException {
        write(Precision.INT8);
        SmallTensors.distilBert().write(folder.resolve("model.safetensors"));
        assertRefused("config.json: model_type: expected distilbert, as model.safetensors is not quantized, got"
                + " \"retort_distilbert\"");
    }

    @Test
    void load_unknownQuantization_isRefused() throws IOException {
        write(Precision.INT8);
        edit("config.json", "int8-per-channel/1", "int4-grouped/1");
        assertRefused("config.json: quantization_config: format: expected one of [bfloat16/1, int8-per-channel/1], got"
                + " \"int4-grouped/1\": another version of Retort wrote it");
    }

    @Test
    void load_anotherMethod_isRefused() throws IOException {
        write(Precision.INT8);
        edit("config.json", "\"quant_method\" : \"retort\"", "\"quant_method\" : \"gptq\"");
        assertRefused("config.json: quantization_config: quant_method: expected \"retort\", got \"gptq\"");
    }

    @Test
    void load_linearLayerInFloatingPoint_isRefused() throws IOException {
        write(Precision.INT8);
        Path dense = folder.resolve("2_Dense/model.int8.safetensors");
        new SafetensorsWriter()
                .metadata("retort.quantization", "int8-per-channel/1")
                .floats("linear.weight", new float[6 * 35], 6, 35)
                .floats("linear.bias", new float[6], 6)
                .write(dense);
        assertRefused("2_Dense/model.int8.safetensors: tensor linear.weight: expected I8, as the model is"
                + " int8-per-channel/1, dtype is F32");
    }

    @Test
    void load_truncatedFile_isRefused() throws IOException {
        write(Precision.INT8);
        Path file = folder.resolve("model.int8.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
        assertThatThrownBy(() -> SentenceModel.load(folder, FLOAT32))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("model.int8.safetensors: ");
    }

    @Test
    void scales_ofTheFile_areThoseOfTheConversionAtLoad() throws IOException {
        float[] original = write(Precision.INT8).elements(LINEAR);
        float[] row = Arrays.copyOfRange(original, 35, 70);
        byte[] elements = new byte[35];
        float scale = QuantizedMatrix.quantize(row, elements);

        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            TensorSet tensors = written.encoderTensors();
            TensorSet.Quantized quantized =
                    tensors.quantized(tensors.tensor(LINEAR).orElseThrow());
            byte[] stored = new byte[35];
            quantized.readElements(35, stored, 0, 35);
            assertThat(quantized.scales()[1]).isEqualTo(scale);
            assertThat(stored).containsExactly(elements);
        }
    }
}
