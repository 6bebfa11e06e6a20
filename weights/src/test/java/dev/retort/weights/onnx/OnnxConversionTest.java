package dev.retort.weights.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.LoadReport;
import dev.retort.weights.TensorSet;
import dev.retort.weights.TensorSet.Tensor;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxConversionTest {

    private static final OnnxConversion PLAIN = new OnnxConversion(null, false, null);

    @TempDir
    Path temporary;

    private Path tokenizer;
    private Path folder;

    @BeforeEach
    void writeTokenizer() throws IOException {
        tokenizer = temporary.resolve("tokenizer.json");
        Files.writeString(tokenizer, "{\"model\": {\"vocab\": {\"[PAD]\": 0, \"word\": 12}}}");
        folder = temporary.resolve("model");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void convert_encoder_isFoldedAndWritten(boolean distilBert) throws IOException {
        SmallExport export = distilBert ? SmallExport.bert().distilBert() : SmallExport.bert();
        Path onnx = write(export.write());

        LoadReport report =
                new OnnxConversion(PoolingMode.CLS, true, 5).convert(onnx, tokenizer, folder, ExistingFolder.REFUSE);

        assertThat(report.used()).hasSize(4 + 2 * 16);
        assertThat(report.origin()).isEqualTo("export.onnx");
        assertThat(report.pipeline())
                .isEqualTo("DistilBERT(2 layers, 6 wide, 3 heads, gelu) -> cls -> Normalize, at most 5 tokens");
        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            assertThat(written.pipeline()).isEqualTo(report.pipeline());
            OnnxEncoder encoder = OnnxEncoder.open(onnx);
            TensorSet expected = EncoderTensors.of(encoder, encoder.config());
            for (Tensor tensor : expected.tensors()) {
                Tensor other = written.encoderTensors().tensor(tensor.name()).orElseThrow();
                assertThat(whole(written.encoderTensors(), other))
                        .as(tensor.name())
                        .isEqualTo(whole(expected, tensor));
            }
        }
        assertThat(Files.readString(folder.resolve("tokenizer.json"))).isEqualTo(Files.readString(tokenizer));
    }

    @Test
    void convert_tokenTypes_areFoldedIntoPositions() throws IOException {
        SmallExport export = SmallExport.bert();
        PLAIN.convert(write(export.write()), tokenizer, folder, ExistingFolder.REFUSE);

        float[] positions = export.expected().get("embeddings.position_embeddings.weight");
        float[] types = export.expected().get("embeddings.token_type_embeddings.weight");
        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            TensorSet tensors = written.encoderTensors();
            float[] folded = whole(
                    tensors,
                    tensors.tensor("embeddings.position_embeddings.weight").orElseThrow());
            for (int i = 0; i < folded.length; i++) {
                assertThat(folded[i]).isEqualTo(positions[i] + types[i % SmallExport.HIDDEN]);
            }
        }
    }

    @Test
    void convert_nothingSaid_isMeanAndAsLongAsThePositions() throws IOException {
        LoadReport report = PLAIN.convert(write(SmallExport.bert().write()), tokenizer, folder, ExistingFolder.REFUSE);

        SentenceSettings settings = settings();
        assertThat(settings.pooling()).isEqualTo(Pooling.mean());
        assertThat(settings.modules()).isEmpty();
        assertThat(settings.maxSequenceLength()).isEqualTo(SmallExport.POSITIONS);
        assertThat(report.remarks()).contains("the graph does not pool: mean");
    }

    @Test
    void convert_graphPools_isFollowed() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write().integers("zero", 0);
        List<String> first = List.of(export.lastHiddenState(), "zero");
        writer.node("Gather", "", first, "first", OnnxWriter.integer("axis", 1));
        writer.node("LpNormalization", "", List.of("first"), "sentence_embedding");
        writer.output("sentence_embedding");

        LoadReport report = PLAIN.convert(write(writer), tokenizer, folder, ExistingFolder.REFUSE);

        assertThat(settings().pooling()).isEqualTo(new Pooling(List.of(PoolingMode.CLS)));
        assertThat(settings().modules()).containsExactly(new ModuleSettings.OfNormalize());
        assertThat(report.remarks()).contains("pooling as the graph has it: cls, normalised");
    }

    @Test
    void convert_graphPoolsOtherwise_asksForThePooling() throws IOException {
        SmallExport export = SmallExport.bert();
        OnnxWriter writer = export.write();
        writer.node("ReduceMax", "", List.of(export.lastHiddenState()), "sentence_embedding");
        Path onnx = write(writer.output("sentence_embedding"));

        assertThatThrownBy(() -> PLAIN.convert(onnx, tokenizer, folder, ExistingFolder.REFUSE))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("export.onnx: sentence_embedding: the graph makes it by neither mean nor CLS, or with "
                        + "further layers: name the pooling to use instead");
        assertThat(Files.exists(folder)).isFalse();

        new OnnxConversion(PoolingMode.MEAN, false, null).convert(onnx, tokenizer, folder, ExistingFolder.REFUSE);
        assertThat(settings().pooling()).isEqualTo(Pooling.mean());
    }

    @Test
    void convert_tokenizerOfAnotherModel_isRefused() throws IOException {
        Path onnx = write(SmallExport.bert().write());
        Files.writeString(tokenizer, "{\"model\": {\"vocab\": {\"word\": 13}}}");
        assertThatThrownBy(() -> PLAIN.convert(onnx, tokenizer, folder, ExistingFolder.REFUSE))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("tokenizer.json: belongs to another model: its largest id is 13, the encoder's "
                        + "vocabularySize is 13");
        for (String text : List.of("{", "[]", "{\"model\": {\"vocab\": {}}}", "")) {
            Files.writeString(tokenizer, text);
            assertThatThrownBy(() -> PLAIN.convert(onnx, tokenizer, folder, ExistingFolder.REFUSE))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageStartingWith("tokenizer.json: not ");
        }
        assertThat(Files.exists(folder)).isFalse();
    }

    @Test
    void convert_longerThanPositions_isRefused() throws IOException {
        Path onnx = write(SmallExport.bert().write());
        assertThatThrownBy(() ->
                        new OnnxConversion(null, false, 8).convert(onnx, tokenizer, folder, ExistingFolder.REFUSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxSequenceLength: expected at most 7, the encoder's positions, got 8");
    }

    @Test
    void convert_existingFolder_isLeftUnlessToBeReplaced() throws IOException {
        Path onnx = write(SmallExport.bert().write());
        PLAIN.convert(onnx, tokenizer, folder, ExistingFolder.REFUSE);
        assertThatThrownBy(() -> PLAIN.convert(onnx, tokenizer, folder, ExistingFolder.REFUSE))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + ": is not empty, and replacing it was not asked for");

        new OnnxConversion(PoolingMode.CLS, false, null).convert(onnx, tokenizer, folder, ExistingFolder.REPLACE);

        assertThat(settings().pooling()).isEqualTo(new Pooling(List.of(PoolingMode.CLS)));
    }

    @Test
    void constructor_otherPooling_isRefused() {
        assertThatThrownBy(() -> new OnnxConversion(PoolingMode.MAX, false, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pooling: expected MEAN or CLS, got MAX");
    }

    private Path write(OnnxWriter writer) throws IOException {
        return Files.write(temporary.resolve("export.onnx"), writer.toBytes());
    }

    private SentenceSettings settings() throws IOException {
        try (SentenceCheckpoint written = SentenceCheckpoint.open(folder)) {
            return written.settings();
        }
    }

    private static float[] whole(TensorSet tensors, Tensor tensor) {
        float[] values = new float[(int) tensor.elementCount()];
        tensors.readFloats(tensor, 0, values, 0, values.length);
        return values;
    }
}
