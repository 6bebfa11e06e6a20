package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.core.Precision;
import dev.retort.core.SharedFolder;
import dev.retort.inference.SentenceTransformer;
import dev.retort.inference.Similarity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StsCommandTest {

    private static final String ROWS = """
            score\tsentence1\tsentence2
            5\ta cat\ta cat
            1.5\ta dog\t"the road
            0\tein hund\tthe mat
            2\tcat\tdog
            """;

    @TempDir
    private Path folder;

    private Run run(String data, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("data.tsv"), data);
        Path model = folder.resolve("tiny");
        if (!Files.exists(model)) {
            TinyModel.write(model);
        }
        String[] arguments = {"eval", "sts", "--data", file.toString(), "--model", model.toString()};
        return Run.of(Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new));
    }

    @Test
    void json_hasTheCorrelationsOfCosines() throws IOException {
        JsonNode json = new JsonMapper().readTree(run(ROWS, "--json").out());
        assertThat(json.get("rows").intValue()).isEqualTo(4);
        assertThat(json.get("seconds").doubleValue()).isPositive();
        assertThat(json.get("tokensPerSecond").doubleValue()).isPositive();
        double[] cosines = new double[4];
        try (SentenceTransformer model = SentenceTransformer.load(folder.resolve("tiny"))) {
            String[][] pairs = {{"a cat", "a cat"}, {"a dog", "\"the road"}, {"ein hund", "the mat"}, {"cat", "dog"}};
            for (int i = 0; i < 4; i++) {
                cosines[i] = Similarity.COSINE.of(model.encode(pairs[i][0]), model.encode(pairs[i][1]));
            }
        }
        double[] scores = {5, 1.5, 0, 2};
        assertThat(json.get("pearson").doubleValue()).isCloseTo(Correlation.pearson(scores, cosines), within(1e-5));
        assertThat(json.get("spearman").doubleValue()).isCloseTo(Correlation.spearman(scores, cosines), within(1e-12));
    }

    @Test
    void text_hasALineAFigure() throws IOException {
        Run run = run(ROWS);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(6);
        assertThat(run.lines().get(0)).matches("Pearson   -?[01]\\.\\d{4}");
        assertThat(run.lines().get(1)).matches("Spearman  -?[01]\\.\\d{4}");
        assertThat(run.lines().get(2)).isEqualTo("compute   f32");
        assertThat(run.lines().get(3)).isEqualTo("rows      4");
    }

    @Test
    void compute_isReported() throws IOException {
        NarrowPrecision.require(Precision.BF16);
        assertThat(new JsonMapper()
                        .readTree(run(ROWS, "--json", "--compute", "bf16").out())
                        .get("compute")
                        .textValue())
                .isEqualTo("bf16");
    }

    @Test
    void csv_isReadByItsName() throws IOException {
        Path file = Files.writeString(
                folder.resolve("d.csv"), "score,sentence1,sentence2\n1,\"a, b\",c\n2,\"the \"\"mat\"\"\",dog\n");
        Path model = TinyModel.write(folder.resolve("tiny"));
        Run run = Run.of("eval", "sts", "--data", file.toString(), "--model", model.toString());
        assertThat(run.lines()).contains("rows      2");
    }

    @Test
    void equalScores_haveNoCorrelation() throws IOException {
        String data = "score\tsentence1\tsentence2\n1\ta\tb\n1\tcat\tdog\n";
        assertThat(run(data).lines().get(0)).isEqualTo("Pearson   undefined: scores or cosines are all equal");
        assertThat(new JsonMapper()
                        .readTree(run(data, "--json").out())
                        .get("spearman")
                        .isNull())
                .isTrue();
    }

    @Test
    void badData_isAFailure() throws IOException {
        String file = folder.resolve("data.tsv").toString();
        assertThat(run("score\tsentence1\n"))
                .isEqualTo(
                        new Run(1, "", "retort: " + file + ": no column sentence2: the header has score, sentence1\n"));
        assertThat(run("score\tsentence1\tsentence2\n1\ta\tb\nhigh\ta\tb\n"))
                .isEqualTo(new Run(1, "", "retort: " + file + ":3: score: expected a number, got 'high'\n"));
        assertThat(run("score\tsentence1\tsentence2\n1\ta\tb\n"))
                .isEqualTo(new Run(1, "", "retort: " + file + ": too few rows for a correlation: 1: give 2 or more\n"));
    }

    @Test
    void stsbDev_defaultModel_hasTheKnownSpearman() throws IOException {
        Path data = SharedFolder.require("data/sts/stsb_dev.tsv");
        Run run = Run.of("eval", "sts", "--data", data.toString(), "--json");
        assertThat(run.err()).isEmpty();
        JsonNode json = new JsonMapper().readTree(run.out());
        assertThat(json.get("rows").intValue()).isEqualTo(1500);
        assertThat(json.get("spearman").doubleValue()).isCloseTo(0.8672, within(0.0002));
    }
}
