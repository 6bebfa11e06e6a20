package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.core.SharedFolder;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParityCommandTest {

    private static final List<String> TEXTS = List.of("a cat", "a dog\nsits", "ein hund");

    @TempDir
    private Path folder;

    private String model = "";
    private Path texts = Path.of("");
    private Path expected = Path.of("");

    @BeforeEach
    void record() throws IOException {
        model = TinyModel.write(folder.resolve("tiny")).toString();
        texts = folder.resolve("texts.json");
        new JsonMapper().writeValue(texts.toFile(), TEXTS);
        expected = folder.resolve("expected.safetensors");
        float[] all = new float[TEXTS.size() * TinyModel.DIMENSIONS];
        try (SentenceTransformer transformer = SentenceTransformer.load(Path.of(model))) {
            for (int i = 0; i < TEXTS.size(); i++) {
                float[] vector = transformer.encode(TEXTS.get(i)).vector();
                System.arraycopy(vector, 0, all, i * vector.length, vector.length);
            }
        }
        all[TinyModel.DIMENSIONS + 3] += 0.001f;
        new SafetensorsWriter()
                .floats("embeddings", all, TEXTS.size(), TinyModel.DIMENSIONS)
                .floats("other", all, 2, all.length / 2)
                .write(expected);
    }

    private Run parity(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("parity", "--model", model, "--texts", texts.toString(), "--expected", expected.toString()));
        arguments.addAll(List.of(more));
        return Run.of(arguments.toArray(String[]::new));
    }

    @Test
    void withinTheTolerance_isFine() {
        Run run = parity("--tolerance", "0.0011");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(5);
        assertThat(run.lines().get(0)).isEqualTo("texts           3");
        assertThat(run.lines().get(1)).matches("maximum error   1\\.00e-03  within the tolerance of 0\\.0011");
        assertThat(run.lines().get(2)).matches("mean error      \\d\\.\\d\\de-05");
        assertThat(run.lines().get(3)).matches("minimum cosine  0\\.999999\\d{3}");
        assertThat(run.lines().get(4)).isEqualTo("worst text      1: \"a dog sits\"");
    }

    @Test
    void beyondTheTolerance_isAFailure() throws IOException {
        Run run = parity("--tolerance", "0.0009", "--json");
        assertThat(run.code()).isEqualTo(1);
        JsonNode json = new JsonMapper().readTree(run.out());
        assertThat(json.get("passes").booleanValue()).isFalse();
        assertThat(json.get("worstText").intValue()).isEqualTo(1);
        assertThat(json.get("maximumError").doubleValue()).isBetween(0.00099, 0.00101);
        assertThat(parity().out()).contains("beyond the tolerance of 2.0e-6");
    }

    @Test
    void textsInAnObject_areTheSame() throws IOException {
        String list = parity("--json").out();
        Files.writeString(texts, "{\"model\":\"x\",\"texts\":" + Files.readString(texts) + "}");
        assertThat(parity("--json").out()).isEqualTo(list);
    }

    @Test
    void badFiles_areFailures() throws IOException {
        assertThat(parity("--tensor", "no"))
                .isEqualTo(new Run(
                        1,
                        "",
                        "retort: " + expected
                                + ": no tensor no: it has [embeddings, other]: choose one with --tensor\n"));
        assertThat(parity("--tensor", "other"))
                .isEqualTo(new Run(
                        1,
                        "",
                        "retort: " + expected
                                + ": tensor other: expected shape [3, dimensions], a row for each text, got [2,"
                                + " 18]\n"));
        Files.writeString(texts, "{\"texts\": \"a\"}");
        assertThat(parity().err())
                .isEqualTo("retort: " + texts
                        + ": no texts: expected a JSON list of strings, or an object with such a list named texts\n");
        Files.writeString(texts, "[\"a\",\n1]");
        assertThat(parity().err()).isEqualTo("retort: " + texts + ": text 1: expected a string, got 1\n");
        Files.writeString(texts, "[\"a\",\n");
        assertThat(parity().err())
                .startsWith("retort: " + texts + ":")
                .contains("not JSON")
                .hasLineCount(1);
        Files.writeString(expected, "nonsense");
        Files.writeString(texts, "[\"a\"]");
        assertThat(parity().err()).startsWith("retort: expected.safetensors: ").hasLineCount(1);
    }

    @Test
    void otherWidth_isAFailure() throws IOException {
        new SafetensorsWriter().floats("embeddings", new float[9], 3, 3).write(expected);
        assertThat(parity().err())
                .isEqualTo("retort: " + expected
                        + ": tensor embeddings: 3 columns, the model has 12 dimensions: give its own vectors\n");
    }

    @Test
    void defaultModel_equalsSentenceTransformers() {
        Path fixtures = SharedFolder.require("fixtures/minilm");
        String[] arguments = {
            "parity",
            "--model",
            "default",
            "--texts",
            fixtures.resolve("expected.json").toString(),
            "--expected",
            fixtures.resolve("expected.safetensors").toString(),
            "--tolerance",
            "2e-6"
        };
        Run run = Run.of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("texts           40", "within the tolerance");
        assertThat(run.code()).isZero();
        arguments[arguments.length - 1] = "1e-9";
        assertThat(Run.of(arguments).code()).isEqualTo(1);
    }
}
