package dev.retort.weights.huggingface;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import dev.retort.core.SharedFolder;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.JsonFile;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderConfigTest {

    private static final String DISTILBERT = """
            {"model_type": "distilbert", "vocab_size": 30522, "max_position_embeddings": 512, "n_layers": 6, "n_heads": 12,
             "dim": 768, "hidden_dim": 3072, "activation": "gelu", "dropout": 0.1, "attention_dropout": 0.1,
             "sinusoidal_pos_embds": false, "initializer_range": 0.02, "pad_token_id": 0}""";

    private static final String BERT = """
            {"model_type": "bert", "vocab_size": 30522, "max_position_embeddings": 512, "num_hidden_layers": 3,
             "num_attention_heads": 12, "hidden_size": 384, "intermediate_size": 1536, "hidden_act": "gelu",
             "hidden_dropout_prob": 0.2, "attention_probs_dropout_prob": 0.3, "layer_norm_eps": 1e-12,
             "position_embedding_type": "absolute", "is_decoder": false, "pad_token_id": 0}""";

    @Test
    void of_publishedModel_isBase() throws IOException {
        assertThat(parse(DISTILBERT)).isEqualTo(EncoderConfig.distilBert(DistilBertConfig.base()));
    }

    @Test
    void of_namesOfOtherModels_meanTheSame() throws IOException {
        String aliases = DISTILBERT
                .replace("n_layers", "num_hidden_layers")
                .replace("n_heads", "num_attention_heads")
                .replace("\"dim\"", "\"hidden_size\"");
        assertThat(parse(aliases)).isEqualTo(parse(DISTILBERT));
    }

    @Test
    void of_keysThatDoNotMatter_areIgnored() throws IOException {
        String noise = DISTILBERT.replace(
                "{\"model_type\"",
                "{\"tie_weights_\": true, \"output_past\": true, \"torch_dtype\": \"float32\", \"dtype\": \"float32\","
                        + " \"architectures\": [\"DistilBertForMaskedLM\"], \"id2label\": {\"0\": \"A\"},"
                        + " \"finetuning_task\": null, \"transformers_version\": \"5.23.0\", \"model_type\"");
        assertThat(parse(noise)).isEqualTo(parse(DISTILBERT));
    }

    @Test
    void read_theThreeFixtureForms_meanTheSame() throws IOException {
        var folder = SharedFolder.require("fixtures/tiny-distilbert");
        DistilBertConfig expected =
                new DistilBertConfig(326, 40, 2, 3, 36, 60, Activation.GELU, 0.1, 0.1, false, 0, 0.2);
        for (String name : List.of("config.json", "config-legacy.json", "config-aliases.json")) {
            assertThat(EncoderConfig.read(folder.resolve(name)).sizes()).isEqualTo(expected);
        }
    }

    @Test
    void of_bert_isADistilBert() throws IOException {
        assertThat(parse(BERT))
                .isEqualTo(new EncoderConfig(
                        EncoderConfig.Architecture.BERT,
                        new DistilBertConfig(30522, 512, 3, 12, 384, 1536, Activation.GELU, 0.2, 0.3, false, 0, 0.02)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"gelu\" | \"mish\" | activation: expected one of [gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish], got \"mish\"",
                "\"distilbert\" | \"roberta\" | model_type: expected one of [distilbert, bert], got \"roberta\"",
                "\"n_layers\": 6 | \"layers\": 6 | n_layers: missing, also known as num_hidden_layers",
                "\"dim\": 768 | \"dim\": \"768\" | dim: expected an integer, got \"768\"",
                "\"dim\": 768 | \"dim\": -768 | dim: expected a positive integer, got -768",
                "\"n_heads\": 12 | \"n_heads\": 7 | headCount must divide hiddenSize: headCount=7 hiddenSize=768",
                "\"dropout\": 0.1, | \"dropout\": NaN, | dropout: expected a finite number, got \"NaN\"",
                "\"dropout\": 0.1, | \"dropout\": 1.5, | dropout: expected a probability in [0, 1), got 1.5",
                "\"pad_token_id\": 0 | \"pad_token_id\": 40000 | paddingTokenId: expected 0..30521, got 40000 (vocabularySize=30522)",
                "\"sinusoidal_pos_embds\": false | \"sinusoidal_pos_embds\": 0 | sinusoidal_pos_embds: expected true or false, got 0",
            })
    void of_badDistilBert_namesFileKeyAndValue(String good, String bad, String problem) {
        assertThat(DISTILBERT).contains(good);
        assertThatThrownBy(() -> parse(DISTILBERT.replace(good, bad)))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage("config.json: " + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1e-12 | 1e-5 | layer_norm_eps: expected 1.0E-12, got 1.0E-5",
                "\"absolute\" | \"relative_key\" | position_embedding_type: expected \"absolute\", got \"relative_key\"",
                "\"is_decoder\": false | \"is_decoder\": true | is_decoder: expected false, for an encoder, got true",
                "\"is_decoder\": false | \"add_cross_attention\": true | add_cross_attention: expected false, for an encoder, got true",
                "\"hidden_act\": \"gelu\" | \"hidden_act\": \"gelu_10\" | hidden_act: expected one of [gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish], got \"gelu_10\"",
            })
    void of_otherBert_isRefused(String good, String bad, String problem) {
        assertThat(BERT).contains(good);
        assertThatThrownBy(() -> parse(BERT.replace(good, bad))).hasMessage("config.json: " + problem);
    }

    @ParameterizedTest
    @EnumSource(names = {"GELU", "TANH_GELU", "RELU", "SILU"})
    void toJson_everyActivation_isReadBack(Activation activation) throws IOException {
        DistilBertConfig sizes = new DistilBertConfig(17, 10, 2, 5, 35, 11, activation, 0.25, 0.125, true, 3, 0.5);
        assertThat(EncoderConfig.of(JsonFile.parse(EncoderConfig.toJson(sizes), "config.json")))
                .isEqualTo(EncoderConfig.distilBert(sizes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"silu", "swish"})
    void of_twoNamesOfSilu_areOne(String name) throws IOException {
        assertThat(parse(DISTILBERT.replace("\"gelu\"", "\"" + name + "\""))
                        .sizes()
                        .activation())
                .isEqualTo(Activation.SILU);
    }

    private static EncoderConfig parse(String json) throws MalformedCheckpointException {
        return EncoderConfig.of(JsonFile.parse(json.getBytes(UTF_8), "config.json"));
    }
}
