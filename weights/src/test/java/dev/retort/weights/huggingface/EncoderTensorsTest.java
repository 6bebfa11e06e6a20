package dev.retort.weights.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.model.DistilBertConfig;
import dev.retort.model.encoder.SinusoidalPositions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.TensorParameters;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class EncoderTensorsTest {

    private static final EncoderConfig CONFIG = EncoderConfig.distilBert(SmallTensors.CONFIG);
    private static final EncoderConfig BERT = new EncoderConfig(Architecture.BERT, SmallTensors.CONFIG);

    @Test
    void of_everySpelling_isTheSame() throws IOException {
        float[] expected = read(EncoderTensors.of(SmallTensors.distilBert(), CONFIG), 7);
        List<UnaryOperator<String>> spellings = List.of(
                name -> "distilbert." + name,
                name -> name.replace("transformer.layer", "encoder.layer"),
                name -> "distilbert." + name.replace("LayerNorm.weight", "LayerNorm.gamma"),
                name -> name.replace("layer_norm.bias", "layer_norm.beta"));
        for (UnaryOperator<String> spelling : spellings) {
            EncoderTensors tensors = EncoderTensors.of(SmallTensors.distilBert().renameAll(spelling), CONFIG);
            assertThat(tensors.tensors()).hasSize(4 + 2 * 16);
            assertThat(read(tensors, 7)).isEqualTo(expected);
            assertThat(tensors.ignored()).isEmpty();
        }
    }

    @Test
    void ignored_heads_sayWhat() throws IOException {
        EncoderTensors tensors = EncoderTensors.of(
                SmallTensors.distilBert()
                        .put("distilbert.embeddings.position_ids", 0, 1)
                        .put("vocab_transform.weight", 1)
                        .put("pre_classifier.bias", 1)
                        .put("classifier.bias", 1)
                        .put("qa_outputs.weight", 1),
                CONFIG);
        assertThat(tensors.ignored())
                .containsExactly(
                        new LoadReport.Ignored("distilbert.embeddings.position_ids", "position numbers, a constant"),
                        new LoadReport.Ignored("vocab_transform.weight", "head of masked language modelling"),
                        new LoadReport.Ignored("pre_classifier.bias", "classification head"),
                        new LoadReport.Ignored("classifier.bias", "classification head"),
                        new LoadReport.Ignored("qa_outputs.weight", "question answering head"));
        assertThat(tensors.warnings()).isEmpty();
    }

    @Test
    void warnings_tensorsThatNobodyKnows_areNamed() throws IOException {
        EncoderTensors tensors = EncoderTensors.of(
                SmallTensors.distilBert().put("transformer.layer.2.output_layer_norm.bias", 1), CONFIG);
        assertThat(tensors.warnings())
                .containsExactly(
                        "small.safetensors: 1 tensors are no part of DistilBERT(2 layers, 35 wide, 5 heads, gelu):"
                                + " [transformer.layer.2.output_layer_norm.bias]");
        assertThat(tensors.tensor("transformer.layer.2.output_layer_norm.bias")).isEmpty();
    }

    @Test
    void of_oneParameterTwice_isRefused() {
        assertThatThrownBy(
                        () -> EncoderTensors.of(SmallTensors.distilBert().put("embeddings.LayerNorm.gamma", 1), CONFIG))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("small.safetensors: two tensors for one parameter:"
                        + " embeddings.LayerNorm.weight, embeddings.LayerNorm.gamma");
    }

    @Test
    void parameters_positionTableOfAnotherLength_isRefused() throws IOException {
        for (long positions : List.of(9L, 11L)) {
            EncoderTensors tensors = EncoderTensors.of(
                    SmallTensors.distilBert()
                            .put(TensorNames.POSITIONS, new float[(int) positions * 35], List.of(positions, 35L)),
                    CONFIG);
            assertThatThrownBy(() -> TensorParameters.of(tensors, tensors.parameters("encoder."), DataType.FLOAT))
                    .hasMessage("small.safetensors: parameter encoder.embeddings.positionEmbeddings: expected (10, 35),"
                            + " file has (" + positions + ", 35) as embeddings.position_embeddings.weight");
        }
    }

    @Test
    void parameters_withoutAPart_listsWhatIsMissing() throws IOException {
        EncoderTensors tensors = EncoderTensors.of(
                SmallTensors.distilBert()
                        .remove("transformer.layer.1.ffn.lin2.bias")
                        .remove(TensorNames.POSITIONS),
                CONFIG);
        assertThatThrownBy(() -> TensorParameters.of(tensors, tensors.parameters("encoder."), DataType.FLOAT))
                .hasMessage("small.safetensors: checkpoint is missing 2 of 36 parameters:"
                        + " [encoder.embeddings.positionEmbeddings (embeddings.position_embeddings.weight),"
                        + " encoder.layer.1.feedForward.outer.bias (transformer.layer.1.ffn.lin2.bias)]");
    }

    @Test
    void of_sinusoidalWithoutTable_computesIt() throws IOException {
        DistilBertConfig plain = SmallTensors.CONFIG;
        DistilBertConfig sinusoidal = new DistilBertConfig(
                plain.vocabularySize(),
                plain.positionCount(),
                plain.layerCount(),
                plain.headCount(),
                plain.hiddenSize(),
                plain.innerSize(),
                plain.activation(),
                plain.dropout(),
                plain.attentionDropout(),
                true,
                plain.paddingTokenId(),
                plain.initializerRange());
        EncoderConfig config = EncoderConfig.distilBert(sinusoidal);
        EncoderTensors computed = EncoderTensors.of(SmallTensors.distilBert().remove(TensorNames.POSITIONS), config);
        float[] table = read(computed, TensorNames.POSITIONS);
        double[][] expected = SinusoidalPositions.table(10, 35);
        for (int i = 0; i < table.length; i++) {
            assertThat(table[i]).isEqualTo((float) expected[i / 35][i % 35]);
        }
        assertThat(computed.remarks())
                .containsExactly(
                        "embeddings.position_embeddings.weight: computed, sinusoidal; the checkpoint has none");

        SmallTensors withTable = SmallTensors.distilBert();
        assertThat(read(EncoderTensors.of(withTable, config), TensorNames.POSITIONS))
                .isEqualTo(withTable.elements(TensorNames.POSITIONS));
    }

    @Test
    void of_bert_foldsRowZeroOnly() throws IOException {
        SmallTensors bert = SmallTensors.bert();
        float[] positions = bert.elements("bert." + TensorNames.POSITIONS);
        float[] types = bert.elements("bert." + TensorNames.TOKEN_TYPES);
        EncoderTensors tensors =
                EncoderTensors.of(bert.put("bert.pooler.dense.bias", 1).put("cls.seq_relationship.bias", 1), BERT);

        float[] folded = read(tensors, TensorNames.POSITIONS);
        for (int i = 0; i < folded.length; i++) {
            assertThat(folded[i]).isEqualTo(positions[i] + types[i % 35]);
        }
        double[] doubles = new double[3];
        tensors.readDoubles(tensors.tensor(TensorNames.POSITIONS).orElseThrow(), 70, doubles, 0, 3);
        assertThat(doubles[1]).isEqualTo((double) positions[71] + types[1]);
        assertThat(tensors.ignored())
                .containsExactly(
                        new LoadReport.Ignored(
                                "bert.pooler.dense.bias", "BERT's pooler, which sentence vectors do not use"),
                        new LoadReport.Ignored("cls.seq_relationship.bias", "heads of BERT's pretraining"));
        assertThat(read(tensors, "transformer.layer.1.attention.v_lin.weight"))
                .isEqualTo(bert.elements("bert.encoder.layer.1.attention.self.value.weight"));
        assertThat(read(tensors, "transformer.layer.0.sa_layer_norm.bias"))
                .isEqualTo(bert.elements("bert.encoder.layer.0.attention.output.LayerNorm.bias"));
        assertThat(read(tensors, "transformer.layer.0.output_layer_norm.bias"))
                .isEqualTo(bert.elements("bert.encoder.layer.0.output.LayerNorm.bias"));
    }

    @Test
    void of_bertWithoutTokenTypes_isRefused() {
        assertThatThrownBy(() -> EncoderTensors.of(SmallTensors.bert().remove("bert." + TensorNames.TOKEN_TYPES), BERT))
                .hasMessage("small.safetensors: checkpoint has no token types: expected"
                        + " embeddings.token_type_embeddings.weight");
        assertThatThrownBy(() -> EncoderTensors.of(
                        SmallTensors.bert().put("bert." + TensorNames.TOKEN_TYPES, new float[8], List.of(2L, 4L)),
                        BERT))
                .hasMessage("small.safetensors: tensor bert.embeddings.token_type_embeddings.weight:"
                        + " expected floating-point (types, 35), got F32 (2, 4)");
    }

    private static float[] read(EncoderTensors tensors, int index) {
        return read(tensors, tensors.parameters("").get(index).tensor());
    }

    private static float[] read(TensorSet tensors, String name) {
        TensorSet.Tensor tensor = tensors.tensor(name).orElseThrow();
        float[] elements = new float[(int) tensor.elementCount()];
        tensors.readFloats(tensor, 0, elements, 0, elements.length);
        return elements;
    }
}
