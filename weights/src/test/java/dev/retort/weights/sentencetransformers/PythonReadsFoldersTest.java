package dev.retort.weights.sentencetransformers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.model.Mode;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.RecordedTensors;
import dev.retort.weights.SmallTensors;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * sentence-transformers opens what is written here and computes the same vectors. Needs a Python that has it: {@code python3}, or the
 * one that the environment variable RETORT_PYTHON names.
 */
class PythonReadsFoldersTest {

    private static final String PYTHON = Objects.requireNonNullElse(System.getenv("RETORT_PYTHON"), "python3");

    /** Seventeen tokens, as many as the small model has. */
    private static final String TOKENIZER = """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [
              {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
              {"id": 1, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
              {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
              {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
              {"id": 4, "content": "[MASK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing",
              "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
              "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
              "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
             "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "the": 5, "cat": 6, "sat": 7, "on": 8, "mat": 9,
               "##s": 10, "##ing": 11, "dog": 12, "run": 13, ".": 14, "not": 15, "query": 16}}}
            """;

    private static final String SCRIPT = """
            import json, sys
            from sentence_transformers import SentenceTransformer
            model = SentenceTransformer(sys.argv[1], device="cpu")
            texts = ["The cats sat on the mat.", "dogs running", "", "not the dog not the cat not the mat"]
            with open(sys.argv[2], "w") as out:
                json.dump({
                    "ids": model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"],
                    "vectors": model.encode(texts, prompt="").tolist(),
                    "max_seq_length": model.max_seq_length,
                    "prompts": model.prompts,
                    "default_prompt_name": model.default_prompt_name,
                    "similarity": str(model.similarity_fn_name),
                }, out)
            """;

    @TempDir
    private Path temporary;

    @BeforeAll
    static void findPython() throws InterruptedException {
        boolean found;
        try {
            found = run(List.of(PYTHON, "-c", "import sentence_transformers")) == 0;
        } catch (IOException e) {
            found = false;
        }
        assumeTrue(found, "skipped: no " + PYTHON + " with sentence_transformers; RETORT_PYTHON may name one");
    }

    @Test
    void write_everyModule_opensInPython() throws IOException, InterruptedException {
        float[] weight = new float[6 * 70];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (i * 37 % 101 - 50) / 300f;
        }
        SentenceSettings settings = new SentenceSettings(
                new Pooling(List.of(PoolingMode.CLS, PoolingMode.MEAN)),
                true,
                List.of(
                        new ModuleSettings.OfDense(
                                70,
                                6,
                                true,
                                Activation.GELU,
                                new SmallTensors()
                                        .put("linear.weight", weight, List.of(6L, 70L))
                                        .put("linear.bias", 0.1f, -0.2f, 0.3f, -0.4f, 0.5f, -0.6f)),
                        new ModuleSettings.OfLayerNorm(
                                6,
                                new SmallTensors()
                                        .put("norm.weight", 1, 2, 3, 4, 5, 6)
                                        .put("norm.bias", 0.5f, 0, 0, 0, 0, 0.25f)),
                        new ModuleSettings.OfNormalize()),
                8,
                false,
                Map.of("query", "query "),
                "query",
                Similarity.DOT,
                null);
        JsonNode python = compare(SmallTensors.distilBert(), Architecture.DISTILBERT, settings);
        assertThat(python.path("max_seq_length").intValue()).isEqualTo(8);
        assertThat(python.path("prompts").path("query").textValue()).isEqualTo("query ");
        assertThat(python.path("default_prompt_name").textValue()).isEqualTo("query");
        assertThat(python.path("similarity").textValue()).contains("dot");
    }

    @Test
    void write_poolingsInAnotherOrder_opensInPython() throws IOException, InterruptedException {
        SentenceSettings settings = new SentenceSettings(
                new Pooling(List.of(PoolingMode.LAST_TOKEN, PoolingMode.WEIGHTED_MEAN, PoolingMode.MAX)),
                true,
                List.of(),
                9,
                false,
                Map.of(),
                null,
                Similarity.COSINE,
                20);
        compare(SmallTensors.distilBert(), Architecture.DISTILBERT, settings);
    }

    @Test
    void write_foldedBert_opensInPython() throws IOException, InterruptedException {
        compare(SmallTensors.bert(), Architecture.BERT, SentenceSettings.mean(10));
    }

    private JsonNode compare(SmallTensors tensors, Architecture architecture, SentenceSettings settings)
            throws IOException, InterruptedException {
        Path folder = temporary.resolve("model");
        SentenceModel model;
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                tensors,
                new EncoderConfig(architecture, SmallTensors.CONFIG),
                settings,
                new TokenizerFiles.InMemory("test", TOKENIZER.getBytes(StandardCharsets.UTF_8)))) {
            checkpoint.write(folder, ExistingFolder.REFUSE);
            model = checkpoint.load(new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32));
        }
        Path out = temporary.resolve("out.json");
        Path script = Files.writeString(temporary.resolve("encode.py"), SCRIPT);
        assertThat(run(List.of(PYTHON, script.toString(), folder.toString(), out.toString())))
                .as("exit code of Python, see its messages above")
                .isZero();

        JsonNode python = new ObjectMapper().readTree(out.toFile());
        List<int[]> ids = new ArrayList<>();
        List<Double> vectors = new ArrayList<>();
        for (JsonNode text : python.path("ids")) {
            int[] row = new int[text.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = text.get(i).intValue();
            }
            ids.add(row);
        }
        python.path("vectors").forEach(vector -> vector.forEach(element -> vectors.add(element.doubleValue())));
        assertThat(ids).hasSize(4);
        assertThat(ids.get(0)).startsWith(2, 5, 6, 10, 7);
        INDArray actual = model.encoder()
                .forward(PackedTokens.of(ids), Fusions.definitions(), Mode.INFERENCE)
                .value();
        if (settings.truncateDimension() != null) {
            actual = actual.getColumns(
                    IntStream.range(0, settings.truncateDimension()).toArray());
        }
        double[] expected = vectors.stream().mapToDouble(Double::doubleValue).toArray();
        assertThat(RecordedTensors.difference(actual, expected)).isLessThan(1e-5);
        return python;
    }

    private static int run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(command.contains("-c") ? Redirect.DISCARD : Redirect.INHERIT);
        builder.environment().put("HF_HUB_OFFLINE", "1");
        builder.environment().put("TOKENIZERS_PARALLELISM", "false");
        Process process = builder.start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("Python did not end in 5 minutes: " + command);
        }
        return process.exitValue();
    }
}
