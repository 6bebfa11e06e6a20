package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.autograd.fusion.Backend;
import dev.retort.inference.Retort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

    @TempDir
    private Path folder;

    @Test
    void text_saysWhatTheModelIs() throws IOException {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        Run run = Run.of("inspect", model);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("DistilBERT(2 layers, 12 wide, 3 heads, gelu) -> mean -> Normalize, at most 9 tokens")
                .contains("12 dimensions, compared by cosine")
                .containsPattern("  query +\"query : \"\n")
                .contains("20 tokens, [CLS] ... [SEP] around a text")
                .containsPattern("vocab_size +20\n")
                .containsPattern(
                        "encoder.layer.1.feedForward.inner.weight +20 x 12 +F32 +transformer.layer.1.ffn.lin1.weight")
                .contains("36 tensors");
    }

    @Test
    void text_narrowTerminal_leavesOutTheTensorsNames() throws IOException {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        Run run = Run.onTerminals(new Run.Terminal(false, true, true, 72), Map.of(), "inspect", model);
        assertThat(run.out())
                .containsPattern("encoder.layer.1.feedForward.inner.weight +20 x 12 +F32\n")
                .doesNotContain("ffn.lin1");
    }

    @Test
    void bert_saysWhatWasIgnoredAndFolded() throws IOException {
        String model = TinyModel.writeBert(folder.resolve("bert")).toString();
        Run run = Run.of("inspect", model);
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("pooler.dense.weight", "BERT's pooler", "token_type_embeddings");
        JsonNode json =
                new JsonMapper().readTree(Run.of("inspect", model, "--json").out());
        assertThat(json.get("ignored").findValuesAsText("tensor"))
                .containsExactlyInAnyOrder("pooler.dense.weight", "pooler.dense.bias");
    }

    @Test
    void json_hasEverything() throws IOException {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        JsonNode json =
                new JsonMapper().readTree(Run.of("inspect", model, "--json").out());
        assertThat(json.get("dimensions").intValue()).isEqualTo(12);
        assertThat(json.get("maxSequenceLength").intValue()).isEqualTo(9);
        assertThat(json.get("similarity").textValue()).isEqualTo("cosine");
        assertThat(json.get("prompts").get("query").textValue()).isEqualTo("query : ");
        assertThat(json.get("defaultPrompt").isNull()).isTrue();
        assertThat(json.get("configuration").get("n_heads").intValue()).isEqualTo(3);
        assertThat(json.get("configuration").get("activation").textValue()).isEqualTo("gelu");
        assertThat(json.get("tokenizer").get("vocabularySize").intValue()).isEqualTo(20);
        assertThat(json.get("parameters")).hasSize(36);
        long elements = 0;
        for (JsonNode parameter : json.get("parameters")) {
            long count = 1;
            for (JsonNode extent : parameter.get("shape")) {
                count *= extent.longValue();
            }
            elements += count;
        }
        assertThat(json.get("parameterCount").longValue()).isEqualTo(elements);
    }

    @Test
    void runtime_withoutAModel_saysWhatComputes() {
        Run run = Run.of("inspect", "--runtime");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines())
                .contains("retort        " + Retort.version())
                .anyMatch(line ->
                        line.startsWith("kernels       " + Backend.find().name()))
                .anyMatch(line -> line.startsWith("f32           is computed with"))
                .anyMatch(line -> line.startsWith("int8          "));
    }

    @Test
    void runtime_narrowTerminal_keepsItsWidth() {
        Terminals narrow = new Run.Terminal(false, true, true, 50);
        Run run = Run.onTerminals(narrow, Map.of(), "inspect", "--runtime");
        assertThat(run.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(50));
        String words = run.out().replaceAll("\\s+", " ");
        assertThat(words).isEqualTo(Run.of("inspect", "--runtime").out().replaceAll("\\s+", " "));
    }

    @Test
    void runtime_json_isTheSameWithAModel() throws IOException {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        JsonNode alone = new JsonMapper()
                .readTree(Run.of("inspect", "--runtime", "--json").out());
        JsonNode beside = new JsonMapper()
                .readTree(Run.of("inspect", model, "--runtime", "--json").out());
        assertThat(alone).hasSize(1);
        assertThat(beside.get("runtime")).isEqualTo(alone.get("runtime"));
        assertThat(beside.get("dimensions").intValue()).isEqualTo(12);
        JsonNode runtime = alone.get("runtime");
        assertThat(runtime.get("kernels").textValue()).isEqualTo(Backend.find().name());
        assertThat(runtime.get("fused").booleanValue()).isEqualTo(Backend.find() != Backend.definitions());
        assertThat(runtime.get("precisions").findValuesAsText("precision")).containsExactly("f32", "bf16", "int8");
        assertThat(runtime.get("precisions").get(0).get("supported").booleanValue())
                .isTrue();
    }

    @Test
    void neitherModelNorRuntime_isAUsageError() {
        assertThat(Run.of("inspect"))
                .isEqualTo(
                        new Run(
                                2,
                                "",
                                "retort: nothing to inspect: give MODEL, or --runtime, or both: see 'retort inspect --help'\n"));
    }

    @Test
    void noModel_isAFailure() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Run run = Run.of("inspect", empty.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("retort: " + empty).hasLineCount(1);
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThat(Run.of("inspect", file.toString()).err()).startsWith("retort: " + file + ": not a folder: ");
    }

    @Test
    void truncatedWeights_areAFailure() throws IOException {
        Path model = TinyModel.write(folder.resolve("tiny"));
        Path weights = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length - 10));
        Run run = Run.of("inspect", model.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("retort: model.safetensors: ").hasLineCount(1);
    }
}
