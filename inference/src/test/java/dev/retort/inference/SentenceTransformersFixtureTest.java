package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.core.FixtureTensors;
import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every recorded folder, in both formats, against sentence-transformers' own vectors for the same calls. */
class SentenceTransformersFixtureTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path temporary;

    @TestFactory
    Stream<DynamicTest> encode_recordedFolder_equalsSentenceTransformers() throws IOException {
        Path fixtures = SharedFolder.require("fixtures/sentence-transformers");
        FixtureTensors expected = FixtureTensors.read(fixtures.resolve("expected.safetensors"));
        List<String> texts = texts(fixtures);
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : expected.names()) {
            String variant = name.substring(0, name.indexOf('.'));
            String call = name.substring(name.lastIndexOf('.') + 1);
            for (String format : variant.equals("plain") ? List.<String>of() : List.of("new", "legacy")) {
                if (!name.equals(nameOfValues(expected, variant, format, call))) {
                    continue; // this format gives other values, which stand under another name
                }
                tests.add(DynamicTest.dynamicTest(name + " from " + format, () -> {
                    try (SentenceTransformer model = SentenceTransformer.load(assemble(fixtures, variant, format))) {
                        assertClose(call(call).apply(model, texts), expected, name);
                    }
                }));
            }
        }
        tests.add(DynamicTest.dynamicTest("plain.encode", () -> {
            try (SentenceTransformer model =
                    SentenceTransformer.load(SharedFolder.require("fixtures/tiny-distilbert"))) {
                assertThat(model.maxSequenceLength()).isEqualTo(40);
                assertClose(model.encode(texts), expected, "plain.encode");
            }
        }));
        return tests.stream();
    }

    private static String nameOfValues(FixtureTensors expected, String variant, String format, String call) {
        String ofFormat = variant + "." + format + "." + call;
        return expected.contains(ofFormat) ? ofFormat : variant + "." + call;
    }

    @Test
    void encode_quantised_equalsSentenceTransformersToTheByte() throws IOException {
        Path fixtures = SharedFolder.require("fixtures/sentence-transformers");
        FixtureTensors expected = FixtureTensors.read(fixtures.resolve("quantization.safetensors"));
        CalibrationRanges own = CalibrationRanges.ofVectors(rows(expected, "embeddings"));
        CalibrationRanges calibrated = CalibrationRanges.ofVectors(rows(expected, "calibration"));

        assertBytes(expected, "int8.own", OutputPrecision.INT8, own);
        assertBytes(expected, "uint8.own", OutputPrecision.UINT8, own);
        assertBytes(expected, "int8.calibrated", OutputPrecision.INT8, calibrated);
        assertBytes(expected, "uint8.calibrated", OutputPrecision.UINT8, calibrated);
        assertBytes(expected, "binary", OutputPrecision.BINARY, null);
        assertBytes(expected, "ubinary", OutputPrecision.UBINARY, null);
    }

    private static void assertBytes(
            FixtureTensors expected, String name, OutputPrecision precision, @Nullable CalibrationRanges ranges) {
        float[][] recorded = rows(expected, name);
        float[][] vectors = rows(expected, "embeddings");
        for (int b = 0; b < vectors.length; b++) {
            byte[] actual = Quantization.quantize(vectors[b], precision, ranges);
            byte[] wanted = new byte[recorded[b].length];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = (byte) (int) recorded[b][i];
            }
            assertThat(actual).as("%s, text %d", name, b).isEqualTo(wanted);
        }
    }

    private static float[][] rows(FixtureTensors tensors, String name) {
        float[] values = tensors.floats(name);
        int width = (int) tensors.shape(name)[1];
        float[][] rows = new float[(int) tensors.shape(name)[0]][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(values, row * width, (row + 1) * width);
        }
        return rows;
    }

    private static BiFunction<SentenceTransformer, List<String>, List<Embedding>> call(String name) {
        EncodeOptions options = EncodeOptions.defaults();
        return switch (name) {
            case "encode" -> SentenceTransformer::encode;
            case "encode_query" -> (model, texts) -> model.encodeQueries(texts, options);
            case "encode_document" -> (model, texts) -> model.encodeDocuments(texts, options);
            case "prompt" -> (model, texts) -> model.encode(texts, options.withPrompt("about "));
            case "normalize_embeddings" -> (model, texts) -> model.encode(texts, options.withNormalize(true));
            case "truncate_8" -> (model, texts) -> model.encode(texts, options.withDimensions(8));
            case "truncate_8_normalize" ->
                (model, texts) -> model.encode(texts, options.withDimensions(8).withNormalize(true));
            default -> throw new IllegalStateException("a call that no test knows: " + name);
        };
    }

    private static List<String> texts(Path fixtures) throws IOException {
        JsonNode json = JSON.readTree(fixtures.resolve("expected.json").toFile());
        List<String> texts = new ArrayList<>();
        json.get("texts")
                .forEach(text -> texts.add(
                        text.isTextual() ? text.asText() : text.get("text").asText()));
        return texts;
    }

    private Path assemble(Path fixtures, String variant, String format) throws IOException {
        Path folder = Files.createTempDirectory(temporary, variant + "-" + format);
        if (!variant.equals("complete")) {
            copy(fixtures.resolve("module-0"), folder);
        }
        copy(fixtures.resolve(variant).resolve(format), folder);
        return folder;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void assertClose(List<Embedding> actual, FixtureTensors expected, String name) {
        float[] values = expected.floats(name);
        long[] shape = expected.shape(name);
        assertThat(actual).hasSize((int) shape[0]);
        boolean unit = true;
        double worst = 0;
        for (int b = 0; b < shape[0]; b++) {
            float[] vector = actual.get(b).vector();
            assertThat(vector).as("width").hasSize((int) shape[1]);
            double norm = 0;
            for (int e = 0; e < vector.length; e++) {
                float recorded = values[b * vector.length + e];
                norm += recorded * recorded;
                worst = Math.max(worst, Math.abs(recorded - vector[e]));
            }
            unit &= Math.abs(norm - 1) < 1e-5;
        }
        assertThat(worst).as("greatest difference of %s", name).isLessThan(unit ? 1e-6 : 1e-5);
    }
}
