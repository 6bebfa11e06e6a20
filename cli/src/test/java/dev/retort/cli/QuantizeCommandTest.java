package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import dev.retort.model.classification.ClassificationTask;
import dev.retort.model.classification.HeadShape;
import dev.retort.weights.heads.SavedHeads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class QuantizeCommandTest {

    private static final String TEXT = "a cat sits on the mat";

    @TempDir
    private Path folder;

    private float[] vector(Path model, LoadSettings settings) throws IOException {
        try (SentenceTransformer loaded = SentenceTransformer.load(model, settings)) {
            return loaded.encode(TEXT).vector();
        }
    }

    private static void assumeSupported(Precision precision) {
        String reason = Backend.find().unsupportedReason(precision);
        Assumptions.assumeTrue(reason == null, reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"int8", "bf16"})
    void folder_quantized_embedsAsItsOriginalComputedSo(String name) throws IOException {
        Precision precision = Precision.valueOf(name.toUpperCase(Locale.ROOT));
        Path model = TinyModel.write(folder.resolve("tiny"));
        Path out = folder.resolve("out");
        Run run = Run.of("quantize", model.toString(), out.toString(), "--precision", name);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.lines())
                .containsExactly(
                        out + ": DistilBERT(2 layers, 12 wide, 3 heads, gelu) -> mean -> Normalize, at most 9 tokens",
                        "before:      11,296 bytes: 36 F32 tensors",
                        name.equals("int8")
                                ? "now:          4,736 bytes: 2 BF16, 22 F32, 12 I8 tensors"
                                : "now:          6,208 bytes: 14 BF16, 22 F32 tensors");
        assumeSupported(precision);
        assertThat(vector(out, LoadSettings.defaults()))
                .containsExactly(vector(model, LoadSettings.defaults().withPrecision(precision)));
    }

    @Test
    void bert_quantized_isFolded() throws IOException {
        Path model = TinyModel.writeBert(folder.resolve("bert"));
        Path out = folder.resolve("out");
        assertThat(Run.of("quantize", model.toString(), out.toString(), "--precision", "int8")
                        .code())
                .isZero();
        assumeSupported(Precision.INT8);
        assertThat(vector(out, LoadSettings.defaults()))
                .containsExactly(vector(model, LoadSettings.defaults().withPrecision(Precision.INT8)));
    }

    @Test
    void inspect_ofAQuantizedFolder_showsThePrecision() throws IOException {
        String out = folder.resolve("out").toString();
        Run.of("quantize", TinyModel.write(folder.resolve("tiny")).toString(), out, "--precision", "int8");

        Run run = Run.of("inspect", out);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .containsPattern("precision +int8, stored as int8-per-channel/1\n")
                .containsPattern("attention.queryProjection.weight +12 x 12 +I8 ")
                .contains("BF16 and F32 and I8");
        JsonNode json =
                new JsonMapper().readTree(Run.of("inspect", out, "--json").out());
        assertThat(json.get("precision").textValue()).isEqualTo("int8");
        assertThat(json.get("quantization").textValue()).isEqualTo("int8-per-channel/1");
    }

    @Test
    void heads_ofTheFolder_comeAlong() throws IOException {
        Path model = TinyModel.write(folder.resolve("tiny"));
        SavedHeads.write(
                model,
                List.of(new ClassificationTask("mood", List.of("good", "bad"), new HeadShape.Linear(0))),
                12,
                name -> RandomTensors.normal(
                        DataType.FLOAT, 1, name.endsWith("bias") ? new long[] {2} : new long[] {2, 12}),
                Map.of());
        Path out = folder.resolve("out");
        assertThat(Run.of("quantize", model.toString(), out.toString(), "--precision", "int8")
                        .code())
                .isZero();
        try (SavedHeads heads = SavedHeads.open(out)) {
            assertThat(heads.tasks()).hasSize(1);
        }
    }

    @Test
    void folderThatIsThere_isReplacedOnlyWhenAsked() throws IOException {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        Path out = folder.resolve("out");
        assertThat(Run.of("quantize", model, out.toString(), "--precision", "int8")
                        .code())
                .isZero();
        assertThat(Run.of("quantize", model, out.toString(), "--precision", "bf16"))
                .isEqualTo(new Run(
                        1, "", "retort: " + out + ": is not empty: add --replace to replace the model folder there\n"));
        assertThat(Run.of("quantize", model, out.toString(), "--precision", "bf16", "--replace")
                        .code())
                .isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("tiny", "tiny-vocabulary", "out");
        }
    }

    @Test
    void quantizedFolder_toAnotherPrecision_isRefused() throws IOException {
        String out = folder.resolve("out").toString();
        Run.of("quantize", TinyModel.write(folder.resolve("tiny")).toString(), out, "--precision", "int8");

        assertThat(Run.of("quantize", out, folder.resolve("again").toString(), "--precision", "bf16"))
                .isEqualTo(new Run(
                        1,
                        "",
                        "retort: " + out + ": is int8-per-channel/1 already, quantizing it again to bf16 would add one"
                                + " rounding to another: quantize the original\n"));
    }

    @Test
    void damagedScale_isOneLine() throws IOException {
        Path out = folder.resolve("out");
        Run.of("quantize", TinyModel.write(folder.resolve("tiny")).toString(), out.toString(), "--precision", "int8");
        Path weights = out.resolve("model.int8.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        String header = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(
                weights,
                header.replace("q_lin.weight_scale", "q_lin.weight_skale").getBytes(StandardCharsets.ISO_8859_1));
        Run run = Run.of("embed", TEXT, "--model", out.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("retort: model.int8.safetensors: tensor transformer.layer.")
                .contains("q_lin.weight_scale: is missing: expected F32 [12]")
                .hasLineCount(1);
    }

    @Test
    void wrongArguments_areUsageErrors() {
        Run run = Run.of("quantize", "default", "out", "--precision", "int4");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("expected one of [int8, bf16], got 'int4'")
                .hasLineCount(1);
        assertThat(Run.of("quantize", "default", "out").code()).isEqualTo(2);
    }

    @Test
    void whatIsNoModel_isRefused() {
        Path lost = folder.resolve("lost");
        assertThat(Run.of("quantize", lost.toString(), folder.resolve("out").toString(), "--precision", "int8")
                        .err())
                .startsWith("retort: " + lost + ": no such folder")
                .hasLineCount(1);
    }
}
