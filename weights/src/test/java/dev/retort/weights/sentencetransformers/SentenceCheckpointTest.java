package dev.retort.weights.sentencetransformers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.Permissions;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class SentenceCheckpointTest {

    private static final LoadOptions FLOAT32 = new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32);

    private static final PackedTokens TOKENS =
            PackedTokens.of(List.of(new int[] {2, 5, 7, 3}, new int[] {2, 3}, new int[] {2, 16, 1, 9, 9, 4, 3}));

    @TempDir
    private Path temporary;

    private Path folder;

    /** A folder of the older format: mean, Dense(35 -> 6, tanh), LayerNorm(6), Normalize; at most 8 tokens. */
    @BeforeEach
    void writeFolder() throws IOException {
        folder = temporary.resolve("model");
        try (SentenceCheckpoint checkpoint = small(settings(Pooling.mean(), Activation.TANH))) {
            checkpoint.write(folder, ExistingFolder.REFUSE);
        }
    }

    private static SentenceCheckpoint small(SentenceSettings settings) throws IOException {
        return SentenceCheckpoint.of(
                SmallTensors.distilBert(),
                EncoderConfig.distilBert(SmallTensors.CONFIG),
                settings,
                new TokenizerFiles.InMemory("small", "{\"model\": {}}".getBytes(StandardCharsets.UTF_8)));
    }

    private static SentenceSettings settings(Pooling pooling, Activation activation) {
        int width = 35 * pooling.modes().size();
        float[] weight = new float[6 * width];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (i * 37 % 101 - 50) / 60f;
        }
        SmallTensors dense = new SmallTensors()
                .put("linear.weight", weight, List.of(6L, (long) width))
                .put("linear.bias", 0.1f, -0.2f, 0.3f, -0.4f, 0.5f, -0.6f);
        SmallTensors norm =
                new SmallTensors().put("norm.weight", 1, 2, 3, 4, 5, 6).put("norm.bias", 0.5f, 0, 0, 0, 0, 0.25f);
        Map<String, String> prompts = new LinkedHashMap<>();
        prompts.put("query", "query: ");
        prompts.put("document", "");
        return new SentenceSettings(
                pooling,
                false,
                List.of(
                        new ModuleSettings.OfDense(width, 6, true, activation, dense),
                        new ModuleSettings.OfLayerNorm(6, norm),
                        new ModuleSettings.OfNormalize()),
                8,
                true,
                prompts,
                "query",
                Similarity.DOT,
                4);
    }

    private static INDArray encode(SentenceModel model) {
        return model.encoder()
                .forward(TOKENS, Fusions.definitions(), Mode.INFERENCE)
                .value();
    }

    private void edit(String file, String text, String replacement) throws IOException {
        Path path = folder.resolve(file);
        String content = Files.readString(path);
        assertThat(content).contains(text);
        Files.writeString(path, content.replace(text, replacement));
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> SentenceModel.load(folder, FLOAT32))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
    }

    // ---- writing and reading

    @ParameterizedTest
    @EnumSource(names = {"IDENTITY", "TANH", "RELU", "GELU", "SILU", "SIGMOID"})
    void write_thenLoad_isTheSameModel(Activation activation) throws IOException {
        SentenceSettings settings = settings(Pooling.mean(), activation);
        Path written = temporary.resolve("written");
        INDArray expected;
        try (SentenceCheckpoint checkpoint = small(settings)) {
            expected = encode(checkpoint.load(FLOAT32));
            checkpoint.write(written, ExistingFolder.REFUSE);
        }
        SentenceModel model = SentenceModel.load(written, FLOAT32);

        assertThat(encode(model)).isEqualTo(expected);
        assertThat(model.config()).isEqualTo(SmallTensors.CONFIG);
        assertThat(model.maxSequenceLength()).isEqualTo(8);
        assertThat(model.lowerCase()).isTrue();
        assertThat(model.prompts()).containsExactly(Map.entry("query", "query: "), Map.entry("document", ""));
        assertThat(model.defaultPromptName()).isEqualTo("query");
        assertThat(model.includePrompt()).isFalse();
        assertThat(model.similarity()).isEqualTo(Similarity.DOT);
        assertThat(model.truncateDimension()).isEqualTo(4);
        assertThat(model.tokenizer()).isEqualTo(new TokenizerFiles.InFolder(written));
        assertThat(model.report().pipeline())
                .isEqualTo("DistilBERT(2 layers, 35 wide, 5 heads, gelu) -> mean -> Dense(35 -> 6, "
                        + activation.name().toLowerCase(Locale.ROOT)
                        + ") -> LayerNorm(6) -> Normalize -> first 4 dimensions, at most 8 tokens");
    }

    @Test
    void write_folder_hasTheOlderFormat() throws IOException {
        assertThat(files(folder))
                .containsExactlyInAnyOrder(
                        "modules.json",
                        "config_sentence_transformers.json",
                        "sentence_bert_config.json",
                        "config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "1_Pooling/config.json",
                        "2_Dense/config.json",
                        "2_Dense/model.safetensors",
                        "3_LayerNorm/config.json",
                        "3_LayerNorm/model.safetensors");
        assertThat(folder.resolve("4_Normalize")).isEmptyDirectory();
        assertThat(folder.resolve("modules.json")).content().contains("sentence_transformers.models.LayerNorm");
        assertThat(folder.resolve("1_Pooling/config.json"))
                .content()
                .contains("\"pooling_mode_mean_tokens\" : true", "\"pooling_mode_cls_token\" : false")
                .doesNotContain("\"pooling_mode\"");
        assertThat(temporary).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void load_withoutTheEmptyFolder_isTheSameModel() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        Files.delete(folder.resolve("4_Normalize"));
        assertThat(encode(SentenceModel.load(folder, FLOAT32))).isEqualTo(expected);
    }

    @Test
    void load_newerFormat_isTheSameModel() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        edit("modules.json", "models.Transformer", "base.modules.transformer.Transformer");
        edit("modules.json", "models.Pooling", "sentence_transformer.modules.pooling.Pooling");
        edit("modules.json", "models.Dense", "base.modules.dense.Dense");
        edit("modules.json", "models.LayerNorm", "sentence_transformer.modules.layer_norm.LayerNorm");
        edit("modules.json", "models.Normalize", "base.modules.normalize.Normalize");
        Files.writeString(
                folder.resolve("1_Pooling/config.json"),
                "{\"embedding_dimension\": 35, \"pooling_mode\": \"mean\", \"include_prompt\": false}");
        String names = "{\"module_input_name\": \"sentence_embedding\", \"module_output_name\": \"sentence_embedding\"";
        Files.writeString(folder.resolve("4_Normalize/config.json"), names + "}");
        edit("2_Dense/config.json", "{", names + ",");
        Files.writeString(
                folder.resolve("sentence_bert_config.json"),
                "{\"transformer_task\": \"feature-extraction\", \"module_output_name\": \"token_embeddings\"}");
        edit("tokenizer_config.json", "\"model_max_length\" : 8", "\"model_max_length\" : 6");

        SentenceModel model = SentenceModel.load(folder, FLOAT32);
        assertThat(encode(model)).isEqualTo(expected);
        assertThat(model.maxSequenceLength()).isEqualTo(6);
    }

    @Test
    void write_withMoreFiles_hasAllOrNone() throws IOException {
        Path written = temporary.resolve("written");
        try (SentenceCheckpoint checkpoint = small(settings(Pooling.mean(), Activation.TANH))) {
            assertThatThrownBy(() -> checkpoint.write(written, ExistingFolder.REFUSE, folderSoFar -> {
                        assertThat(folderSoFar.resolve("modules.json")).exists();
                        throw new IOException("disk: full");
                    }))
                    .hasMessage("disk: full");
            assertThat(written).doesNotExist();
            checkpoint.write(
                    written,
                    ExistingFolder.REFUSE,
                    folderSoFar -> Files.writeString(folderSoFar.resolve("more.txt"), "more"));
        }

        assertThat(written.resolve("more.txt")).hasContent("more");
        assertThat(written.resolve("modules.json")).exists();
        assertThat(temporary).isDirectoryNotContaining("glob:**/.*");
    }

    @ParameterizedTest
    @CsvSource({"CLS, MAX, true", "MEAN, MAX, false", "MEAN, MEAN, false", "WEIGHTED_MEAN, LAST_TOKEN, true"})
    void write_severalPoolings_keepsTheirOrder(PoolingMode first, PoolingMode second, boolean legacy)
            throws IOException {
        SentenceSettings settings = settings(new Pooling(List.of(first, second)), Activation.TANH);
        Path written = temporary.resolve("written");
        INDArray expected;
        try (SentenceCheckpoint checkpoint = small(settings)) {
            expected = encode(checkpoint.load(FLOAT32));
            checkpoint.write(written, ExistingFolder.REFUSE);
        }
        assertThat(encode(SentenceModel.load(written, FLOAT32))).isEqualTo(expected);
        String config = Files.readString(written.resolve("1_Pooling/config.json"));
        assertThat(config.contains("pooling_mode_cls_token")).isEqualTo(legacy);
    }

    @Test
    void load_transformerInItsOwnFolder_isTheSameModel() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        Path inner = Files.createDirectory(folder.resolve("0_Transformer"));
        for (String file : List.of(
                "config.json",
                "model.safetensors",
                "sentence_bert_config.json",
                "tokenizer.json",
                "tokenizer_config.json")) {
            Files.move(folder.resolve(file), inner.resolve(file));
        }
        edit("modules.json", "\"path\" : \"\"", "\"path\" : \"0_Transformer\"");
        SentenceModel model = SentenceModel.load(folder, FLOAT32);
        assertThat(encode(model)).isEqualTo(expected);
        assertThat(model.tokenizer()).isEqualTo(new TokenizerFiles.InFolder(inner));
    }

    @Test
    void withParameters_changedWeights_areWrittenAndRead() throws IOException {
        Map<String, INDArray> parameters = new HashMap<>();
        Path trained = temporary.resolve("trained");
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            ParameterScope scope = ParameterScope.forTraining(checkpoint.parameters(DataType.FLOAT));
            checkpoint.build(scope);
            scope.variables()
                    .forEach(variable ->
                            parameters.put(variable.name(), variable.value().add(0.125)));
            assertThat(parameters).hasSize(36 + 4);
            checkpoint.withParameters(parameters::get).write(trained, ExistingFolder.REFUSE);
        }
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(trained)) {
            ParameterScope scope = ParameterScope.forTraining(checkpoint.parameters(DataType.FLOAT));
            checkpoint.build(scope);
            assertThat(scope.variables())
                    .hasSize(40)
                    .allSatisfy(variable -> assertThat(variable.value()).isEqualTo(parameters.get(variable.name())));
        }
    }

    @Test
    void load_float64_widensTheSameWeights() throws IOException {
        INDArray single = encode(SentenceModel.load(folder, FLOAT32));
        INDArray wide = encode(SentenceModel.load(folder, LoadOptions.float64()));
        assertThat(wide.dataType()).isEqualTo(DataType.DOUBLE);
        assertThat(wide.castTo(DataType.FLOAT).equalsWithEps(single, 1e-5)).isTrue();
    }

    @Test
    void close_ofALoadedModel_freesItsWeightsOnce() throws IOException {
        List<INDArray> matrices = new ArrayList<>();
        Backend remembering = new Backend() {
            @Override
            public String name() {
                return "remembering";
            }

            @Override
            public @Nullable String unsupportedReason() {
                return null;
            }

            @Override
            public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
                matrices.add(matrix.value());
                return new Weight.Plain(matrix, bias);
            }

            @Override
            public Fusions open(Workspace workspace) {
                return Fusions.definitions();
            }
        };
        SentenceModel model = SentenceModel.load(folder, new LoadOptions(DataType.FLOAT, remembering, Precision.F32));
        encode(model);
        assertThat(matrices).isNotEmpty().noneMatch(INDArray::wasClosed);

        matrices.get(0).close(); // by a backend that has a copy of its own
        model.close();
        model.close();

        assertThat(matrices).allMatch(INDArray::wasClosed);
    }

    @Test
    void report_notANumber_warns() throws IOException {
        SmallTensors tensors = SmallTensors.distilBert();
        tensors.elements("transformer.layer.1.ffn.lin1.bias")[3] = Float.NaN;
        tensors.put("vocab_projector.bias", 1).write(folder.resolve("model.safetensors"));
        SentenceModel model = SentenceModel.load(folder, FLOAT32);
        assertThat(model.report().warnings())
                .containsExactly(
                        "model.safetensors: tensor transformer.layer.1.ffn.lin1.bias: element 3 is not a finite number");
        assertThat(model.report().toString())
                .contains("ignored: vocab_projector.bias: head of masked language modelling", "40 tensors");
        assertThat(model.parameters())
                .hasSize(40)
                .contains(new ParameterScope.Parameter("module.2.weight", List.of(6L, 35L)));
    }

    @Test
    void write_notANumber_warnsOnceATensorWithItsName() throws IOException {
        SmallTensors tensors = SmallTensors.distilBert();
        tensors.elements("transformer.layer.1.ffn.lin1.bias")[3] = Float.NaN;
        tensors.elements("transformer.layer.1.ffn.lin1.bias")[5] = Float.POSITIVE_INFINITY;
        tensors.write(folder.resolve("model.safetensors"));
        PrintStream before = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder);
                PrintStream capture = new PrintStream(logged, true, StandardCharsets.UTF_8)) {
            System.setErr(capture);
            checkpoint.write(folder.resolveSibling("converted"), ExistingFolder.REFUSE);
        } finally {
            System.setErr(before);
        }

        assertThat(logged.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("tensor transformer.layer.1.ffn.lin1.bias: element 3 is not a finite number")
                .doesNotContain("element 5");
    }

    // ---- limits

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"max_seq_length\": 5, \"do_lower_case\": false} | {\"model_max_length\": 7} | 5",
                "{\"max_seq_length\": null} | {\"model_max_length\": 7} | 7",
                "{} | {\"model_max_length\": 1000000000000000019884624838656} | 10",
                "{} | {} | 10",
                "{\"max_seq_length\": 5, \"tokenizer_args\": {\"model_max_length\": 6}} | {} | 6",
            })
    void maxSequenceLength_fromSeveralFiles_followsTheirOrder(String sentence, String tokenizer, int expected)
            throws IOException {
        Files.writeString(folder.resolve("sentence_bert_config.json"), sentence);
        Files.writeString(folder.resolve("tokenizer_config.json"), tokenizer);
        assertThat(SentenceModel.load(folder, FLOAT32).maxSequenceLength()).isEqualTo(expected);
    }

    @Test
    void maxSequenceLength_fileOfAnotherName_counts() throws IOException {
        Files.delete(folder.resolve("sentence_bert_config.json"));
        Files.writeString(folder.resolve("sentence_xlnet_config.json"), "{\"max_seq_length\": 4}");
        Files.writeString(folder.resolve("sentence_roberta_config.json"), "{\"max_seq_length\": 5}");
        assertThat(SentenceModel.load(folder, FLOAT32).maxSequenceLength()).isEqualTo(5);
    }

    @Test
    void maxSequenceLength_aboveThePositions_isRefused() throws IOException {
        edit("sentence_bert_config.json", "\"max_seq_length\" : 8", "\"max_seq_length\" : 11");
        assertRefused("sentence_bert_config.json: max_seq_length: expected at most 10,"
                + " the encoder's max_position_embeddings, got 11");
    }

    // ---- bad folders

    @Test
    void load_nothingThere_saysWhatWasLookedFor() throws IOException {
        Path empty = Files.createDirectory(temporary.resolve("empty"));
        assertThatThrownBy(() -> SentenceModel.load(empty, FLOAT32))
                .hasMessage(empty + ": not a model folder: found none of"
                        + " [modules.json, config.json, model.safetensors, model.safetensors.index.json,"
                        + " model.int8.safetensors]");
        assertThatThrownBy(() -> SentenceModel.load(empty.resolve("absent"), FLOAT32))
                .hasMessage(empty.resolve("absent") + ": no such folder");
        assertThatThrownBy(() -> SentenceModel.load(folder.resolve("config.json"), FLOAT32))
                .hasMessage(folder.resolve("config.json") + ": expected a model folder, is a file");
        Files.write(empty.resolve("model.safetensors"), new byte[8]);
        assertThatThrownBy(() -> SentenceModel.load(empty, FLOAT32))
                .hasMessage(empty + ": no config.json beside the weights");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc", "../other", "1_Pooling/../../x", "C:\\\\models", "a\\\\..\\\\b"})
    void load_pathLeavingTheFolder_isRefused(String path) throws IOException {
        edit("modules.json", "\"path\" : \"1_Pooling\"", "\"path\" : \"" + path + "\"");
        assertRefused(
                "modules.json: entry 1: path: leads out of the model folder: \"" + path.replace("\\\\", "\\") + "\"");
    }

    @Test
    void load_linkOutOfTheFolder_isRefused() throws IOException {
        Path outside = Files.createDirectory(temporary.resolve("outside"));
        Files.move(folder.resolve("1_Pooling/config.json"), outside.resolve("config.json"));
        Files.delete(folder.resolve("1_Pooling"));
        link(folder.resolve("1_Pooling"), outside);
        assertRefused("modules.json: entry 1: path: leads out of the model folder: \"1_Pooling\"");
    }

    @Test
    void load_linkedFiles_areFollowedAsInTheHubsCache() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        Path blobs = Files.createDirectory(temporary.resolve("blobs"));
        for (String file : List.of("model.safetensors", "1_Pooling/config.json")) {
            Path blob = blobs.resolve(Integer.toHexString(file.hashCode()));
            Files.move(folder.resolve(file), blob);
            link(folder.resolve(file), blob);
        }
        assertThat(encode(SentenceModel.load(folder, FLOAT32))).isEqualTo(expected);
    }

    private static void link(Path link, Path target) throws IOException {
        try {
            Files.createSymbolicLink(link, target);
        } catch (UnsupportedOperationException e) {
            assumeTrue(false, "skipped: this file system has no symbolic links");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "modules.json | models.Dense | models.CNN | modules.json: entry 2: type: expected one of [Transformer, Pooling, Dense, LayerNorm, Normalize], got \"sentence_transformers.models.CNN\"",
                "modules.json | models.Pooling | models.Normalize | modules.json: expected Pooling after Transformer, got [Transformer, Normalize, Dense, LayerNorm, Normalize]",
                "modules.json | models.Transformer | models.Pooling | modules.json: expected Transformer first, got [Pooling, Pooling, Dense, LayerNorm, Normalize]",
                "modules.json | models.LayerNorm | models.Pooling | modules.json: Pooling: not after Pooling: expected Dense, LayerNorm or Normalize",
                "1_Pooling/config.json | : 35 | : 36 | 1_Pooling/config.json: embedding_dimension: expected 35, the encoder's width, got 36",
                "1_Pooling/config.json | \"pooling_mode_lasttoken\" : false | \"pooling_mode_attention\" : true | 1_Pooling/config.json: pooling_mode_attention: unknown pooling, expected one of [pooling_mode_cls_token, pooling_mode_max_tokens, pooling_mode_mean_tokens, pooling_mode_mean_sqrt_len_tokens, pooling_mode_weightedmean_tokens, pooling_mode_lasttoken]",
                "2_Dense/config.json | : 35 | : 34 | 2_Dense/config.json: in_features: expected 35, the width before it, got 34",
                "2_Dense/config.json | activation.Tanh | activation.Mish | 2_Dense/config.json: activation_function: expected torch's [GELU, Identity, ReLU, SiLU, Sigmoid, Tanh], got \"torch.nn.modules.activation.Mish\"",
                "2_Dense/config.json | torch.nn | evil.nn | 2_Dense/config.json: activation_function: expected torch's [GELU, Identity, ReLU, SiLU, Sigmoid, Tanh], got \"evil.nn.modules.activation.Tanh\"",
                "2_Dense/config.json | \"bias\" : true | \"use_residual\" : true | 2_Dense/config.json: use_residual: a Dense with a residual is not supported: true",
                "2_Dense/config.json | \"bias\" : true | \"module_input_name\" : \"token_embeddings\" | 2_Dense/config.json: module_input_name: expected \"sentence_embedding\", got \"token_embeddings\"",
                "2_Dense/config.json | \"out_features\" : 6 | \"out_features\" : 5 | 3_LayerNorm/config.json: dimension: expected 5, the width before it, got 6",
                "config_sentence_transformers.json | : \"query\" | : \"question\" | config_sentence_transformers.json: default_prompt_name: expected one of the prompts [query, document], got \"question\"",
                "config_sentence_transformers.json | \"dot\" | \"angular\" | config_sentence_transformers.json: similarity_fn_name: expected one of [cosine, dot, euclidean, manhattan], got \"angular\"",
                "config_sentence_transformers.json | : 4 | : 0 | config_sentence_transformers.json: truncate_dim: expected a positive integer, got 0",
                "config_sentence_transformers.json | \"prompts\" | \"model_type\": \"SparseEncoder\", \"prompts\" | config_sentence_transformers.json: model_type: expected \"SentenceTransformer\", got \"SparseEncoder\"",
                "sentence_bert_config.json | \"max_seq_length\" | \"transformer_task\": \"text-generation\", \"max_seq_length\" | sentence_bert_config.json: transformer_task: expected \"feature-extraction\", got \"text-generation\"",
                "sentence_bert_config.json | : 8 | : \"8\" | sentence_bert_config.json: max_seq_length: expected an integer, got \"8\"",
                "config.json | \"gelu\" | \"mish\" | config.json: activation: expected one of [gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish], got \"mish\"",
                "config.json | : 17 | : 18 | model.safetensors: parameter encoder.embeddings.wordEmbeddings: expected (18, 35), file has (17, 35) as embeddings.word_embeddings.weight",
            })
    void load_badSetting_namesFileAndValue(String file, String text, String replacement, String message)
            throws IOException {
        edit(file, text, replacement);
        assertRefused(message);
    }

    @Test
    void load_corruptJson_saysWhere() throws IOException {
        edit("1_Pooling/config.json", "\"include_prompt\" :", "\"include_prompt\"");
        assertThatThrownBy(() -> SentenceModel.load(folder, FLOAT32))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith("1_Pooling/config.json: not valid JSON: line 9, column ");
    }

    @Test
    void load_badWeights_namesFileAndTensor() throws IOException {
        Path dense = folder.resolve("2_Dense/model.safetensors");
        new SmallTensors()
                .put("linear.weight", new float[6 * 35], List.of(6L, 35L))
                .write(dense);
        assertRefused(
                "2_Dense/model.safetensors: checkpoint is missing 1 of 2 parameters: [module.2.bias (linear.bias)]");
        Files.move(dense, folder.resolve("2_Dense/pytorch_model.bin"));
        assertThatThrownBy(() -> SentenceModel.load(folder, FLOAT32))
                .hasMessageContaining("2_Dense: has pytorch_model.bin only");
        SmallTensors.distilBert()
                .remove("transformer.layer.0.attention.q_lin.bias")
                .put("transformer.layer.0.attention.q_lin.bias", new float[35], "I32", List.of(35L))
                .write(folder.resolve("model.safetensors"));
        Files.move(folder.resolve("2_Dense/pytorch_model.bin"), dense);
        new SmallTensors()
                .put("linear.weight", new float[6 * 35], List.of(6L, 35L))
                .put("linear.bias", new float[6], List.of(6L))
                .write(dense);
        assertRefused("model.safetensors: tensor transformer.layer.0.attention.q_lin.bias:"
                + " expected F64, F32, F16 or BF16, dtype is I32");
    }

    @Test
    void load_forbiddenFile_saysSo() throws IOException {
        Permissions.forbidReading(folder.resolve("config.json"));
        assertRefused("config.json: cannot be read, permission denied: " + folder.resolve("config.json"));
    }

    @Test
    void load_forbiddenFolder_saysSo() throws IOException {
        Permissions.forbidReading(folder);
        assertRefused(folder + ": cannot be read, permission denied");
    }

    @Test
    void of_textsLongerThanThePositions_isRefused() {
        assertThatThrownBy(() -> small(SentenceSettings.mean(11)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxSequenceLength: expected at most 10, the encoder's positions, got 11");
    }

    // ---- writing over something

    @Test
    void write_existingFolder_isReplacedOnlyIfAskedAndAModel() throws IOException {
        try (SentenceCheckpoint checkpoint = small(SentenceSettings.mean(9))) {
            assertThatThrownBy(() -> checkpoint.write(folder, ExistingFolder.REFUSE))
                    .hasMessage(folder + ": is not empty, and replacing it was not asked for");
            assertThat(SentenceModel.load(folder, FLOAT32).maxSequenceLength()).isEqualTo(8);

            checkpoint.write(folder, ExistingFolder.REPLACE);
            assertThat(SentenceModel.load(folder, FLOAT32).maxSequenceLength()).isEqualTo(9);
            assertThat(folder.resolve("2_Dense")).doesNotExist();

            Path photos = Files.createDirectory(temporary.resolve("photos"));
            Files.writeString(photos.resolve("cat.jpg"), "");
            assertThatThrownBy(() -> checkpoint.write(photos, ExistingFolder.REPLACE))
                    .hasMessage(photos + ": is not replaced, it is not a model folder:"
                            + " has neither modules.json nor config.json");
            assertThatThrownBy(() -> checkpoint.write(photos.resolve("cat.jpg"), ExistingFolder.REPLACE))
                    .hasMessage(photos.resolve("cat.jpg") + ": cannot be written, a file is there");

            Path empty = Files.createDirectory(temporary.resolve("empty"));
            checkpoint.write(empty, ExistingFolder.REFUSE);
            assertThat(SentenceModel.load(empty, FLOAT32).maxSequenceLength()).isEqualTo(9);
        }
        assertThat(temporary).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void write_ontoItself_keepsTheModel() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            checkpoint.write(folder, ExistingFolder.REPLACE);
        }
        assertThat(encode(SentenceModel.load(folder, FLOAT32))).isEqualTo(expected);
    }

    @Test
    void write_failureInTheMiddle_leavesTheOldFolder() throws IOException {
        INDArray expected = encode(SentenceModel.load(folder, FLOAT32));
        TensorSet failing = new FailingTensors(SmallTensors.distilBert(), 20);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                failing,
                EncoderConfig.distilBert(SmallTensors.CONFIG),
                SentenceSettings.mean(9),
                new TokenizerFiles.InFolder(folder))) {
            assertThatThrownBy(() -> checkpoint.write(folder, ExistingFolder.REPLACE))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("disk full");
            assertThatThrownBy(() -> checkpoint.write(temporary.resolve("fresh"), ExistingFolder.REFUSE))
                    .hasMessageContaining("disk full");
        }
        assertThat(encode(SentenceModel.load(folder, FLOAT32))).isEqualTo(expected);
        assertThat(temporary.resolve("fresh")).doesNotExist();
        assertThat(temporary).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void write_incompleteCheckpoint_writesNothing() throws IOException {
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                SmallTensors.distilBert().remove("embeddings.LayerNorm.bias"),
                EncoderConfig.distilBert(SmallTensors.CONFIG),
                SentenceSettings.mean(9),
                new TokenizerFiles.InFolder(folder))) {
            assertThatThrownBy(() -> checkpoint.write(temporary.resolve("fresh"), ExistingFolder.REFUSE))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessageContaining("missing 1 of 36 parameters");
        }
        assertThat(temporary.resolve("fresh")).doesNotExist();
    }

    @Test
    void write_forbiddenTarget_saysSo() throws IOException {
        Path parent = Files.createDirectory(temporary.resolve("parent"));
        Permissions.forbidWriting(parent);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder)) {
            assertThatThrownBy(() -> checkpoint.write(parent.resolve("model"), ExistingFolder.REFUSE))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(parent.resolve("model") + ": cannot be written, permission denied: ");
        }
    }

    /** Fails after so many reads. */
    private static final class FailingTensors implements TensorSet {

        private final TensorSet tensors;
        private int readsLeft;

        FailingTensors(TensorSet tensors, int reads) {
            this.tensors = tensors;
            this.readsLeft = reads;
        }

        @Override
        public String origin() {
            return tensors.origin();
        }

        @Override
        public List<Tensor> tensors() {
            return tensors.tensors();
        }

        @Override
        public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
            if (readsLeft-- <= 0) {
                throw new UncheckedIOException(new IOException("disk full"));
            }
            tensors.readFloats(tensor, firstElement, target, offset, count);
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .toList();
        }
    }
}
