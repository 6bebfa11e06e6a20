package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.inference.Embedding;
import dev.retort.inference.SentenceTransformer;
import dev.retort.inference.Similarity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarityCommandTest {

    private static final String[] TEXTS = {"a cat", "a dog sits", "ein hund"};

    @TempDir
    private static Path folder;

    private static String model = "";

    @BeforeAll
    static void writeModel() throws IOException {
        model = TinyModel.write(folder.resolve("tiny")).toString();
    }

    private static double[][] expected(Similarity function) throws IOException {
        try (SentenceTransformer transformer = SentenceTransformer.load(Path.of(model))) {
            List<Embedding> embeddings = transformer.encode(List.of(TEXTS));
            return function.matrix(embeddings, embeddings);
        }
    }

    @Test
    void table_hasEachTextAgainstEach() throws IOException {
        Run run = Run.of("similarity", "--model", model, TEXTS[0], TEXTS[1], TEXTS[2]);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(4);
        assertThat(run.lines().get(0).strip()).matches("1 +2 +3");
        double[][] matrix = expected(Similarity.COSINE);
        for (int i = 0; i < 3; i++) {
            String[] cells = run.lines().get(i + 1).split(" +", 5);
            assertThat(cells[0]).isEqualTo(Integer.toString(i + 1));
            for (int j = 0; j < 3; j++) {
                assertThat(Double.parseDouble(cells[j + 1])).isCloseTo(matrix[i][j], within(6e-5));
            }
            assertThat(cells[4]).isEqualTo(TEXTS[i]);
        }
    }

    @Test
    void json_hasTheFunctionAskedFor() throws IOException {
        for (Similarity function : Similarity.values()) {
            String name = function.name().toLowerCase(Locale.ROOT);
            Run run =
                    Run.of("similarity", "--model", model, "--function", name, "--json", TEXTS[0], TEXTS[1], TEXTS[2]);
            JsonNode json = new JsonMapper().readTree(run.out());
            assertThat(json.get("function").textValue()).isEqualTo(name);
            assertThat(json.get("texts")).hasSize(3);
            assertThat(json.get("similarity").get(0).get(2).doubleValue())
                    .isCloseTo(expected(function)[0][2], within(1e-5));
        }
    }

    @Test
    void terminal_narrow_keepsItsWidth() {
        Terminals narrow = new Run.Terminal(false, true, true, 40);
        Run run = Run.onTerminals(
                narrow,
                Map.of(),
                "similarity",
                "--model",
                model,
                "a cat sits on the mat and on the road",
                "b",
                "c",
                "d");
        assertThat(run.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(40));
        assertThat(run.lines()).hasSizeGreaterThan(5);
    }

    @Test
    void unknownFunction_isAUsageError() {
        Run run = Run.of("similarity", "--function", "jaccard", "a", "b");
        assertThat(run)
                .isEqualTo(new Run(
                        2,
                        "",
                        "retort: invalid value for option '--function': expected one of [cosine, dot, euclidean,"
                                + " manhattan], got 'jaccard': see 'retort similarity --help'\n"));
    }
}
