package dev.retort.weights.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.TensorSet.Tensor;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.onnx.OnnxWriter.Message;
import dev.retort.weights.onnx.SmallExport.Activations;
import dev.retort.weights.onnx.SmallExport.Heads;
import dev.retort.weights.onnx.SmallExport.Kernels;
import dev.retort.weights.onnx.SmallExport.Norms;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxEncoderTest {

    private static final String NAME = "small.onnx";

    @ParameterizedTest
    @EnumSource
    void read_bertWrittenInAnyStyle_hasHuggingFaceNamesAndLayout(Kernels kernels) throws IOException {
        SmallExport export = SmallExport.bert().with(kernels);

        OnnxEncoder encoder = read(export.write());

        assertHolds(encoder, export);
        assertThat(encoder.config().architecture()).isEqualTo(Architecture.BERT);
        assertThat(EncoderTensors.of(encoder, encoder.config()).warnings()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void read_distilBertWrittenInAnyStyle_hasHuggingFaceNamesAndLayout(Kernels kernels) throws IOException {
        SmallExport export = SmallExport.bert().distilBert().with(kernels);

        OnnxEncoder encoder = read(export.write());

        assertHolds(encoder, export);
        assertThat(encoder.config().architecture()).isEqualTo(Architecture.DISTILBERT);
    }

    @Test
    void config_sizes_areThoseOfShapesAndGraph() throws IOException {
        DistilBertConfig sizes = read(SmallExport.bert().write()).config().sizes();

        assertThat(sizes).isEqualTo(new DistilBertConfig(13, 7, 2, 3, 6, 5, Activation.GELU, 0.1, 0.1, false, 0, 0.02));
    }

    @ParameterizedTest
    @EnumSource(names = {"CONCAT", "CONSTANT_SHAPE", "HEAD_COUNT_OPEN", "HEAD_SIZE_OPEN"})
    void config_headCount_isReadFromEachForm(Heads heads) throws IOException {
        assertThat(read(SmallExport.bert().with(heads).write()).config().sizes().headCount())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "ERF_DIVIDED, GELU",
        "ERF_MULTIPLIED, GELU",
        "GELU, GELU",
        "TANH, TANH_GELU",
        "GELU_TANH, TANH_GELU",
        "RELU, RELU",
        "SILU, SILU"
    })
    void config_activation_isReadFromEachForm(Activations written, Activation expected) throws IOException {
        assertThat(read(SmallExport.bert().with(written).write())
                        .config()
                        .sizes()
                        .activation())
                .isEqualTo(expected);
    }

    @Test
    void config_normOperator_isRead() throws IOException {
        assertHolds(read(SmallExport.bert().with(Norms.OPERATOR).write()), SmallExport.bert());
    }

    @Test
    void read_headCountComputed_isRefused() {
        assertRefused(SmallExport.bert().with(Heads.ALL_COMPUTED).write())
                .hasMessage("small.onnx: head count: the graph does not say: no Reshape with constant extents after "
                        + "encoder.layer.0.attention.self.query");
    }

    @Test
    void read_headCountsDiffer_isRefused() {
        assertRefused(SmallExport.bert().with(Heads.CONTRADICTORY).write())
                .hasMessage("small.onnx: head count: expected the same in every layer, the graph has [2, 3]");
    }

    @Test
    void read_noEpsilon_isRefused() {
        assertRefused(SmallExport.bert().with(Norms.WITHOUT_EPSILON).write())
                .hasMessage("small.onnx: layer norm epsilon: the graph does not say: no LayerNormalization and no "
                        + "(x - mean) / Sqrt(variance + constant) before embeddings.LayerNorm.weight");
    }

    @Test
    void read_otherEpsilon_isRefused() {
        assertRefused(SmallExport.bert().withEpsilon(1e-5f).write())
                .hasMessage("small.onnx: layer norm epsilon: expected 1.0E-12, the graph has 1.0E-5");
        assertRefused(SmallExport.bert().with(Norms.OPERATOR_DEFAULT).write())
                .hasMessage("small.onnx: layer norm epsilon: expected 1.0E-12, the graph has 1.0E-5");
    }

    @Test
    void read_unknownActivation_isRefused() {
        assertRefused(SmallExport.bert().with(Activations.QUICK_GELU).write())
                .hasMessageStartingWith("small.onnx: activation: expected gelu, gelu_new, relu or silu between "
                        + "encoder.layer.0.intermediate.dense and encoder.layer.0.output.dense, the graph computes "
                        + "another function: f(0.7) = 0.53");
        assertRefused(SmallExport.bert().with(Activations.ELU).write())
                .hasMessageEndingWith("another function: node encoder.layer.0.intermediate.dense/Elu is Elu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DynamicQuantizeLinear", "MatMulInteger", "QLinearMatMul", "com.microsoft.MatMulNBits"})
    void read_quantised_isRefused(String operator) {
        assertRefused(SmallExport.bert().write().node(operator, "", List.of("a"), "b"))
                .hasMessage("small.onnx: quantised model: its weights are rounded to 8 bits or fewer (node " + operator
                        + "), so its embeddings are not the original model's: take the float32 export");
    }

    @Test
    void read_fusedByRuntime_isRefused() {
        assertRefused(SmallExport.bert().write().node("com.microsoft.Attention", "", List.of("a"), "b"))
                .hasMessageContaining("its operators are fused for ONNX Runtime (node com.microsoft.Attention)");
    }

    @Test
    void read_positionsCountedFromIds_isRefused() {
        assertRefused(SmallExport.bert().write().node("CumSum", "/embeddings/CumSum", List.of("a"), "b"))
                .hasMessage("small.onnx: positions: expected 0, 1, 2, ... by place, the graph counts them from the ids "
                        + "(node /embeddings/CumSum), as RoBERTa does");
    }

    @Test
    void read_externalElements_isRefused() {
        Message location = new Message().text(1, "location").text(2, "weights.bin");
        Message tensor = new Message()
                .number(1, 4)
                .number(2, 1)
                .text(8, "pooler.dense.bias")
                .message(13, location);
        assertRefused(SmallExport.bert().write().initializer(tensor.number(14, 1)))
                .hasMessage("small.onnx: tensor pooler.dense.bias: its elements lie in another file, which is not "
                        + "supported: save the model as one file (onnx.save without save_as_external_data)");
    }

    @Test
    void read_halfPrecision_isRefused() {
        Message tensor = new Message()
                .number(1, 2)
                .number(2, 10)
                .text(8, "pooler.dense.bias")
                .bytes(9, new byte[4]);
        assertRefused(SmallExport.bert().write().initializer(tensor))
                .hasMessage("small.onnx: tensor pooler.dense.bias: expected FLOAT, the file has FLOAT16: "
                        + "export the model in float32");
    }

    @Test
    void read_parameterOfUnknownPurpose_isRefused() {
        OnnxWriter dense = SmallExport.bert().write().floats("onnx::MatMul_9", new float[12], 6, 2);
        dense.node("MatMul", "/2/linear/MatMul", List.of("x", "onnx::MatMul_9"), "y");
        assertRefused(dense)
                .hasMessage("small.onnx: tensor onnx::MatMul_9 [6, 2]: of unknown purpose (2.linear.weight): neither "
                        + "part of an encoder nor of a known head [pooler., cls., classifier., pre_classifier., "
                        + "vocab_, qa_outputs.]");
    }

    @Test
    void read_wrongByteCount_isRefused() {
        Message tensor = new Message()
                .number(1, 3)
                .number(2, 1)
                .text(8, "pooler.dense.bias")
                .bytes(9, new byte[8]);
        assertRefused(SmallExport.bert().write().initializer(tensor))
                .hasMessage("small.onnx: tensor pooler.dense.bias: shape [3] needs 12 bytes, the file has 8");
    }

    @Test
    void read_extentsBeyondAnyFile_isRefused() {
        Message tensor = new Message()
                .number(1, 1L << 40)
                .number(1, 1L << 40)
                .number(2, 1)
                .text(8, "huge");
        assertRefused(SmallExport.bert().write().initializer(tensor))
                .hasMessage("small.onnx: tensor huge: more elements than a file can hold: "
                        + "[1099511627776, 1099511627776]");
    }

    @Test
    void read_anotherModel_isRefused() {
        OnnxWriter other = new OnnxWriter().floats("classifier.weight", new float[4], 2, 2);
        assertRefused(other)
                .hasMessage("small.onnx: no encoder of Hugging Face's BERT or DistilBERT: no parameter is named "
                        + "encoder.layer.N or transformer.layer.N; there are 1 parameters");
    }

    @Test
    void read_noOnnxFile_isRefused() {
        for (String text : List.of("", "{\"model\": \"x\"}", "PK\u0003\u0004 a jar", "plain text, and more of it")) {
            assertThatThrownBy(() -> read(text.getBytes(StandardCharsets.UTF_8)))
                    .as(text)
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageStartingWith("small.onnx: not an ONNX file");
        }
    }

    @Test
    void read_cutOffAnywhere_isRefused() {
        byte[] whole = SmallExport.bert().write().toBytes();
        int modelTail = 6; // the last field, opset_import, may be missing
        for (int length = 0; length < whole.length - modelTail; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).as("%d bytes", length).isInstanceOf(MalformedCheckpointException.class);
        }
    }

    @Test
    void read_damagedAnywhere_isReadOrRefused() throws IOException {
        byte[] whole = SmallExport.bert().write().toBytes();
        Random random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] damaged = whole.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                OnnxEncoder encoder = read(damaged);
                for (Tensor tensor : encoder.tensors()) {
                    whole(encoder, tensor);
                }
            } catch (MalformedCheckpointException e) {
                assertThat(e).hasMessageStartingWith(NAME + ": ");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(2_500);
    }

    @Test
    void read_cycleInGraph_isRefused() {
        OnnxWriter cycle = SmallExport.bert().with(Activations.ELU).write();
        String x = "encoder.layer.0.intermediate.dense.active";
        cycle.node("Identity", "", List.of(x + "2"), x).node("Identity", "", List.of(x), x + "2");
        assertRefused(cycle).hasMessageContaining("over 64 nodes deep");
    }

    @Test
    void read_floatDataField_isRead() throws IOException {
        float[] bias = {1, -2, 3.5f, 0, 5, 6};
        Message tensor = new Message().number(1, 6).number(2, 1).text(8, "pooler.dense.bias");
        OnnxWriter writer = SmallExport.bert().write().initializer(tensor.bytes(4, OnnxWriter.littleEndian(bias)));

        OnnxEncoder encoder = read(writer);

        assertThat(whole(encoder, encoder.tensor("pooler.dense.bias").orElseThrow()))
                .containsExactly(bias);
        assertThat(EncoderTensors.of(encoder, encoder.config()).ignored()).hasSize(1);
    }

    @Test
    void read_parametersStoredOnce_haveBothNames() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write();
        writer.floats("bert.pooler.dense.weight", new float[36], 6, 6);
        writer.node("Identity", "", List.of("embeddings.LayerNorm.bias"), "encoder.layer.1.extra.bias");

        OnnxEncoder encoder = read(writer);

        assertThat(whole(encoder, encoder.tensor("encoder.layer.1.extra.bias").orElseThrow()))
                .containsExactly(export.expected().get("embeddings.LayerNorm.bias"));
    }

    @Test
    void readFloats_anyRunOfTransposedKernel_equalsTheWhole() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxEncoder encoder = read(export.write());
        Tensor tensor =
                encoder.tensor("encoder.layer.1.intermediate.dense.weight").orElseThrow(); // (5, 6)
        float[] expected = export.expected().get(tensor.name());
        for (int first = 0; first <= 30; first++) {
            for (int count = 0; count <= 30 - first; count++) {
                float[] target = new float[count + 2];
                encoder.readFloats(tensor, first, target, 1, count);
                assertThat(Arrays.copyOfRange(target, 1, 1 + count))
                        .containsExactly(Arrays.copyOfRange(expected, first, first + count));
                assertThat(target[0] + target[count + 1]).isZero();
            }
        }
        assertThatThrownBy(() -> encoder.readFloats(tensor, 20, new float[11], 0, 11))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("firstElement=20 offset=0 count=11 elementCount=30 length=11");
    }

    @Test
    void pooling_graphWithoutSentenceVector_isUnknown() throws IOException {
        OnnxEncoder encoder = read(SmallExport.bert().write());
        assertThat(encoder.pooling()).isEmpty();
        assertThat(encoder.normalizes()).isFalse();
    }

    @Test
    void pooling_meanOfHiddenStates_isRecognised() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write();
        writer.node("Mul", "", List.of(export.lastHiddenState(), "mask"), "kept");
        writer.node("ReduceSum", "", List.of("kept"), "sum").node("ReduceSum", "", List.of("mask"), "count");
        writer.node("Div", "", List.of("sum", "count"), "mean");
        writer.node("ReduceL2", "", List.of("mean"), "length");
        writer.node("Div", "", List.of("mean", "length"), "sentence_embedding").output("sentence_embedding");

        OnnxEncoder encoder = read(writer);

        assertThat(encoder.pooling()).contains(PoolingMode.MEAN);
        assertThat(encoder.normalizes()).isTrue();
    }

    @Test
    void pooling_firstHiddenState_isRecognised() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write().integers("zero", 0);
        List<String> inputs = List.of(export.lastHiddenState(), "zero");
        writer.node("Gather", "", inputs, "sentence_embedding", OnnxWriter.integer("axis", 1));

        OnnxEncoder encoder = read(writer.output("sentence_embedding"));

        assertThat(encoder.pooling()).contains(PoolingMode.CLS);
        assertThat(encoder.normalizes()).isFalse();
    }

    @Test
    void pooling_maximum_isUnknown() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write();
        writer.node("ReduceMax", "", List.of(export.lastHiddenState()), "sentence_embedding");
        assertThat(read(writer.output("sentence_embedding")).pooling()).isEmpty();
    }

    @Test
    void open_file_equalsStream(@TempDir Path folder) throws IOException {
        SmallExport export = SmallExport.bert();
        Path file = Files.write(folder.resolve(NAME), export.write().toBytes());

        assertHolds(OnnxEncoder.open(file), export);
    }

    private static OnnxEncoder read(OnnxWriter writer) throws IOException {
        return read(writer.toBytes());
    }

    private static OnnxEncoder read(byte[] bytes) throws IOException {
        return OnnxEncoder.read(NAME, new ByteArrayInputStream(bytes));
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            OnnxWriter writer) {
        return assertThatThrownBy(() -> read(writer)).isInstanceOf(MalformedCheckpointException.class);
    }

    /** All tensors of the export, by name, shape and value, and no other. */
    private static void assertHolds(OnnxEncoder encoder, SmallExport export) {
        if (export.expected().isEmpty()) {
            export.write();
        }
        assertThat(encoder.tensors())
                .extracting(Tensor::name)
                .containsExactlyInAnyOrderElementsOf(export.expected().keySet());
        for (Tensor tensor : encoder.tensors()) {
            assertThat(tensor.shape())
                    .as(tensor.name())
                    .isEqualTo(export.shapes().get(tensor.name()));
            assertThat(whole(encoder, tensor))
                    .as(tensor.name())
                    .containsExactly(export.expected().get(tensor.name()), within(0f));
        }
    }

    private static float[] whole(OnnxEncoder encoder, Tensor tensor) {
        float[] values = new float[(int) tensor.elementCount()];
        encoder.readFloats(tensor, 0, values, 0, values.length);
        return values;
    }
}
