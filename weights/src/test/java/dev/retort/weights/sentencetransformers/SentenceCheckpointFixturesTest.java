package dev.retort.weights.sentencetransformers;

import static dev.retort.weights.ParityTable.assertError;
import static dev.retort.weights.RecordedTensors.difference;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.SharedFolder;
import dev.retort.model.Mode;
import dev.retort.weights.LoadOptions;
import dev.retort.weights.RecordedTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Folders as sentence-transformers wrote them, against the vectors that it computed from the same token ids. */
class SentenceCheckpointFixturesTest {

    private static final LoadOptions FLOAT32 = new LoadOptions(DataType.FLOAT, Backend.definitions(), Precision.F32);

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource({
        "mean, mean",
        "cls, cls",
        "max, max",
        "mean-sqrt-len, mean_sqrt_len_tokens",
        "weighted-mean, weightedmean",
        "last-token, lasttoken",
        "mean-and-max, mean + max",
        "normalize, mean -> Normalize",
        "complete, mean -> Normalize",
        "dense, 'mean -> Dense(36 -> 20, tanh)'",
        "dense-identity, 'mean -> Dense(36 -> 20, identity) -> Normalize'",
        "prompts, mean -> Normalize",
        "prompts-default, mean -> Normalize",
        "prompts-excluded, mean -> Normalize",
        "truncate-dim, mean -> Normalize -> first 16 dimensions"
    })
    void load_variantInBothFormats_givesTheRecordedVectors(String variant, String modules) throws IOException {
        for (String format : List.of("new", "legacy")) {
            SentenceModel model = SentenceModel.load(folder(variant, format), FLOAT32);

            String expectedModules = variant.equals("mean-and-max") && format.equals("legacy") ? "max + mean" : modules;
            assertThat(model.report().pipeline())
                    .isEqualTo("DistilBERT(2 layers, 36 wide, 3 heads, gelu) -> " + expectedModules
                            + ", at most 24 tokens");
            assertThat(model.report().warnings()).isEmpty();
            assertThat(model.includePrompt()).isEqualTo(!variant.equals("prompts-excluded"));
            assertThat(model.truncateDimension()).isEqualTo(variant.equals("truncate-dim") ? 16 : null);
            assertThat(model.defaultPromptName()).isEqualTo(variant.equals("prompts-default") ? "document" : null);
            assertVectors(model, variant, format);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "mean-and-max, new",
        "mean-and-max, legacy",
        "dense, new",
        "dense-identity, legacy",
        "prompts-default, new",
        "prompts-excluded, new",
        "truncate-dim, new",
        "weighted-mean, new"
    })
    void write_variant_givesTheSameModelAgain(String variant, String format) throws IOException {
        Path copy = temporary.resolve("copy");
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(folder(variant, format))) {
            checkpoint.write(copy, ExistingFolder.REFUSE);
        }
        SentenceModel model = SentenceModel.load(copy, FLOAT32);

        assertThat(model.maxSequenceLength()).isEqualTo(24);
        assertThat(model.includePrompt()).isEqualTo(!variant.equals("prompts-excluded"));
        assertThat(model.truncateDimension()).isEqualTo(variant.equals("truncate-dim") ? 16 : null);
        assertThat(model.defaultPromptName()).isEqualTo(variant.equals("prompts-default") ? "document" : null);
        assertVectors(model, variant, format);
        assertThat(copy.resolve("tokenizer.json"))
                .hasSameBinaryContentAs(moduleZero().resolve("tokenizer.json"));
    }

    @Test
    void load_encoderWithoutModules_isMeanPoolingAndSaysSo() throws IOException {
        SentenceModel model = SentenceModel.load(SharedFolder.require("fixtures/tiny-distilbert"), FLOAT32);
        assertThat(model.report().pipeline())
                .isEqualTo("DistilBERT(2 layers, 36 wide, 3 heads, gelu) -> mean, at most 40 tokens");
        assertThat(model.report().remarks()).containsExactly("no modules.json: mean pooling, not normalised");
        try (RecordedTensors expected = expected()) {
            assertThat(difference(encode(model, ids("plain"), 0), expected.doubles("plain.encode")))
                    .isLessThan(1e-5);
        }
    }

    @Test
    void write_bert_isTheSameModelAsDistilBert() throws IOException {
        Path source = SharedFolder.require("fixtures/bert/tiny-bert");
        Path converted = temporary.resolve("converted");
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.open(source)) {
            checkpoint.write(converted, ExistingFolder.REFUSE);
        }
        SentenceModel model = SentenceModel.load(converted, FLOAT32);

        assertThat(model.report().ignored()).isEmpty();
        JsonNode tokenizer = new ObjectMapper()
                .readTree(converted.resolve("tokenizer_config.json").toFile());
        assertThat(tokenizer.path("tokenizer_class").asText()).startsWith("DistilBert");
        try (RecordedTensors expected =
                new RecordedTensors(SharedFolder.require("fixtures/bert/expected.safetensors"))) {
            PackedTokens tokens = PackedTokens.ofPadded(expected.ids("input_ids"), expected.ids("attention_mask"));
            Variable pooled = model.encoder().forward(tokens, Fusions.definitions(), Mode.INFERENCE);
            assertThat(difference(pooled.value(), expected.doubles("pooled"))).isLessThan(1e-5);
        }
    }

    /** Every call that is recorded of the variant. */
    private static void assertVectors(SentenceModel model, String variant, String format) throws IOException {
        int calls = 0;
        try (RecordedTensors expected = expected()) {
            for (String name : expected.names()) {
                if (!name.startsWith(variant + ".") || name.contains(".legacy.")) {
                    continue;
                }
                String call = name.substring(variant.length() + 1);
                String recorded =
                        format.equals("legacy") && variant.equals("mean-and-max") ? variant + ".legacy." + call : name;
                assertError(
                        "sentence-transformers folders",
                        variant,
                        difference(encode(model, variant, call), expected.doubles(recorded)),
                        1e-5);
                calls++;
            }
        }
        assertThat(calls).isPositive();
    }

    /** What sentence-transformers' call of that name does, from token ids on. */
    private static INDArray encode(SentenceModel model, String variant, String call) throws IOException {
        String prompt = switch (call) {
            case "encode_query" -> "query";
            case "encode_document" -> "document";
            case "prompt" -> "about";
            default -> model.defaultPromptName() == null ? "no prompt" : model.defaultPromptName();
        };
        int excluded = model.includePrompt() || prompt.equals("no prompt") ? 0 : promptLength(prompt);
        INDArray vectors = encode(model, ids(prompt), excluded);
        Integer dimension = call.startsWith("truncate_8") ? Integer.valueOf(8) : model.truncateDimension();
        if (dimension != null) {
            vectors = vectors.get(NDArrayIndex.all(), NDArrayIndex.interval(0, dimension));
        }
        return call.endsWith("normalize") || call.equals("normalize_embeddings")
                ? vectors.divColumnVector(vectors.norm2(true, 1))
                : vectors;
    }

    /** The tokens of the prompt with [CLS]: what the ids of the empty text have more than [SEP]. */
    private static int promptLength(String prompt) throws IOException {
        List<int[]> ids = ids(prompt);
        return ids.get(ids.size() - 1).length - 1;
    }

    private static INDArray encode(SentenceModel model, List<int[]> ids, int excluded) {
        PackedTokens tokens = PackedTokens.of(ids);
        if (excluded > 0) {
            int[] perText = new int[ids.size()];
            Arrays.fill(perText, excluded);
            tokens = tokens.withLayout(tokens.layout().excludingFromPooling(perText));
        }
        return model.encoder()
                .forward(tokens, Fusions.definitions(), Mode.INFERENCE)
                .value();
    }

    private static List<int[]> ids(String prompt) throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(SharedFolder.require("fixtures/sentence-transformers/expected.json")
                        .toFile());
        List<int[]> ids = new ArrayList<>();
        for (JsonNode text : expected.path("ids").path(prompt)) {
            int[] row = new int[text.size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = text.get(i).intValue();
            }
            ids.add(row);
        }
        assertThat(ids).as(prompt).isNotEmpty();
        return ids;
    }

    private static RecordedTensors expected() throws IOException {
        return new RecordedTensors(SharedFolder.require("fixtures/sentence-transformers/expected.safetensors"));
    }

    private static Path moduleZero() {
        return SharedFolder.require("fixtures/sentence-transformers/module-0");
    }

    /** The weights lie once beside the variants. */
    private Path folder(String variant, String format) throws IOException {
        Path folder = temporary.resolve(variant + "-" + format);
        copy(moduleZero(), folder);
        copy(SharedFolder.require("fixtures/sentence-transformers/" + variant + "/" + format), folder);
        return folder;
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path copied = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copied);
                } else {
                    Files.copy(file, copied, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
