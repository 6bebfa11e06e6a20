package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.core.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train}, and {@code predict} and {@code eval} of what it wrote. */
class TrainCommandTest {

    private static final String DATA = """
            text\ttopic\tsentiment
            a cat sits\tAnimal\tGood
            a dog runs\tAnimal\tBad
            ein hund\tAnimal\tGood
            the road\tPlace\tGood
            on the mat\tPlace\tBad
            the roads\tPlace\tBad
            a cat runs\tAnimal\tBad
            the mat .\tPlace\tGood
            """;
    private static final String DEV = """
            text\ttopic\tsentiment
            a cat\tAnimal\tGood
            a dog sits\tAnimal\tBad
            road\tPlace\tGood
            the mats\tPlace\tBad
            cats\tAnimal\tGood
            """;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private static Path shared;

    private static String model = "";
    private static String data = "";
    private static String dev = "";

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.write(shared.resolve("tiny")).toString();
        data = Files.writeString(shared.resolve("data.tsv"), DATA).toString();
        dev = Files.writeString(shared.resolve("dev.tsv"), DEV).toString();
    }

    private static Run train(Path out, String... more) {
        String[] arguments = {
            "train",
            "--model",
            model,
            "--data",
            data,
            "--dev",
            dev,
            "--hidden-size",
            "4",
            "--threads",
            "1",
            "--out",
            out.toString()
        };
        return Run.of(Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new));
    }

    private static List<JsonNode> metrics(Path run) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            events.add(JSON.readTree(line));
        }
        return events;
    }

    @Test
    void run_printsCountsParametersAndEpochs_andLeavesModelAndMetrics() throws IOException {
        Path out = folder.resolve("run");
        Run run = train(out, "--epochs", "3", "--scenario", "lower-layers:1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.lines())
                .contains("          topic: Animal 4, Place 4", "          sentiment: Bad 4, Good 4")
                .anyMatch(line -> line.matches("training  lower-layers 1, 3 epochs, batches of 2, seed 42, threads 1"))
                .anyMatch(line -> line.matches("encoder\\.layer\\.0 .* 0 +0\\.00 +0"))
                .anyMatch(line -> line.matches("epoch +loss +topic +sentiment +joint +rows/s +seconds"))
                .anyMatch(line -> line.matches(" +3 +\\d\\.\\d{4} .*"))
                .contains(
                        "model     " + out.resolve("model"),
                        "metrics   " + out.resolve("metrics.jsonl"),
                        "report    " + out.resolve("report.html"));
        assertThat(out.resolve("report.html")).content().contains("lower-layers 1", "a dog sits");
        List<JsonNode> events = metrics(out);
        assertThat(events)
                .extracting(event -> event.get("event").textValue())
                .startsWith("start")
                .endsWith("end");
        assertThat(events.stream()
                        .filter(event -> event.get("event").textValue().equals("step")))
                .hasSize(12);
        assertThat(events.stream()
                        .filter(event -> event.get("event").textValue().equals("epoch")))
                .extracting(event -> event.get("epoch").intValue())
                .containsExactly(1, 2, 3);
        assertThat(JSON.readTree(out.resolve("run.json").toFile())
                        .get("finished")
                        .booleanValue())
                .isTrue();
    }

    @Test
    void model_predictsAndIsMeasured() throws IOException {
        Path out = folder.resolve("run");
        assertThat(train(out, "--epochs", "2").code()).isZero();
        String trained = out.resolve("model").toString();
        Run predicted = Run.of("predict", "--model", trained, "a cat", "the road");
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.lines()).hasSize(2);
        JsonNode second = JSON.readTree(predicted.lines().get(1));
        assertThat(second.get("index").intValue()).isEqualTo(1);
        assertThat(second.at("/topic/label").textValue()).isIn("Animal", "Place");
        assertThat(second.at("/topic/probabilities/Animal").doubleValue()
                        + second.at("/topic/probabilities/Place").doubleValue())
                .isBetween(0.999999, 1.000001);
        assertThat(Run.withInput("a cat\nthe road\n", "predict", "--model", trained)
                        .out())
                .isEqualTo(predicted.out());
        assertThat(Run.of("predict", "--model", trained, "--format", "csv", "a cat")
                        .lines()
                        .get(0))
                .isEqualTo("index,topic,topic:Animal,topic:Place,sentiment,sentiment:Bad,sentiment:Good");

        assertThat(Run.of("predict", "--model", trained, "--compute", "f32", "a cat", "the road"))
                .isEqualTo(predicted);
        assertThat(Run.of("predict", "--model", trained, "--compute", "f16", "a cat")
                        .code())
                .isEqualTo(2);

        JsonNode measured = JSON.readTree(
                Run.of("eval", "--model", trained, "--data", dev, "--json").out());
        assertThat(measured.fieldNames()).toIterable().containsExactly("tasks", "joint", "rows");
        assertThat(measured.get("rows").intValue()).isEqualTo(5);
        JsonNode epoch = bestEpoch(out);
        assertThat(measured.at("/tasks/topic/accuracy").doubleValue())
                .isEqualTo(epoch.at("/dev/tasks/topic/accuracy").doubleValue());
        assertThat(measured.at("/tasks/sentiment/confusion")).isEqualTo(epoch.at("/dev/tasks/sentiment/confusion"));
        assertThat(measured.at("/joint/accuracy").doubleValue())
                .isEqualTo(epoch.at("/dev/jointAccuracy").doubleValue());
        assertThat(Run.of("eval", "--model", trained, "--data", dev).out())
                .contains("topic: accuracy ", "true \\ predicted  Animal  Place", "joint: accuracy ");
    }

    @Test
    void predictAndEval_computeInAnotherPrecision() throws IOException {
        NarrowPrecision.require(Precision.BF16);
        Path out = folder.resolve("run");
        assertThat(train(out, "--epochs", "2").code()).isZero();
        Run exact = Run.of("predict", "--model", out.toString(), "a cat");
        Run rounded = Run.of("predict", "--model", out.toString(), "--compute", "bf16", "a cat");

        assertThat(rounded.code()).as(rounded.err()).isZero();
        assertThat(rounded.out()).isNotEqualTo(exact.out());
        assertThat(JSON.readTree(rounded.out())
                        .at("/topic/probabilities/Animal")
                        .doubleValue())
                .isCloseTo(
                        JSON.readTree(exact.out())
                                .at("/topic/probabilities/Animal")
                                .doubleValue(),
                        within(0.02));
        assertThat(Run.of("eval", "--model", out.toString(), "--data", dev, "--compute", "bf16", "--json")
                        .code())
                .isZero();
    }

    private static JsonNode bestEpoch(Path run) throws IOException {
        List<JsonNode> events = metrics(run);
        int best = events.get(events.size() - 1).get("bestEpoch").intValue();
        return events.stream()
                .filter(event -> event.get("event").textValue().equals("epoch")
                        && event.get("epoch").intValue() == best)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void eval_unknownLabel_isAFailureWithItsLine() throws IOException {
        Path out = folder.resolve("run");
        assertThat(train(out, "--epochs", "1").code()).isZero();
        Path other = Files.writeString(
                folder.resolve("other.tsv"), "text\ttopic\tsentiment\na cat\tAnimal\tGood\na dog\tPlant\tBad\n");
        Run run = Run.of("eval", "--model", out.toString(), "--data", other.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("retort: " + other + ":3: ")
                .contains("Plant")
                .hasLineCount(1);
    }

    /** A run whose end is undone is one that was interrupted after its last checkpoint. */
    @Test
    void resume_needsNoOtherOption_andRefusesDifferentOnes() throws IOException {
        Path out = folder.resolve("run");
        assertThat(train(out, "--epochs", "2").code()).isZero();
        byte[] heads = Files.readAllBytes(out.resolve("model").resolve("heads.safetensors"));
        Run finished = Run.of("train", "--resume", out.toString());
        assertThat(finished)
                .isEqualTo(new Run(
                        1,
                        "",
                        "retort: " + out + ": the run is finished: its model is " + out.resolve("model") + "\n"));
        Path description = out.resolve("run.json");
        Files.writeString(
                description, Files.readString(description).replace("\"finished\" : true", "\"finished\" : false"));

        Run again = train(out, "--epochs", "2");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err())
                .startsWith("retort: " + out + ": holds a run that is not finished: go on with --resume ");
        Run different = Run.of("train", "--resume", out.toString(), "--epochs", "3");
        assertThat(different.code()).isEqualTo(2);
        assertThat(different.err())
                .startsWith("retort: --resume " + out + ": the run has other options: --epochs is 2, not 3: see ");

        Run resumed = Run.of("train", "--resume", out.toString(), "--epochs", "2");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.lines())
                .anyMatch(line -> line.startsWith("best      epoch "))
                .anyMatch(line -> line.startsWith("          topic: accuracy "));
        assertThat(out.resolve("report.html"))
                .content()
                .contains("All numbers of 2 epochs")
                .contains("\">best epoch " + bestEpoch(out).get("epoch").intValue() + "<");
        assertThat(Files.readAllBytes(out.resolve("model").resolve("heads.safetensors")))
                .isEqualTo(heads);
        assertThat(metrics(out).stream()
                        .filter(event -> event.get("event").textValue().equals("step")))
                .extracting(event -> event.get("step").intValue())
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void folderOfSomethingElse_isLeft() throws IOException {
        Path out = Files.createDirectories(folder.resolve("mine"));
        Files.writeString(out.resolve("note.txt"), "keep");
        Run run = train(out, "--epochs", "1");
        assertThat(run)
                .isEqualTo(new Run(
                        1,
                        "",
                        "retort: " + out
                                + ": is not empty and no run's folder: no run.json in it: give another --out\n"));
        assertThat(out.resolve("note.txt")).hasContent("keep");
    }

    @Test
    void divergence_isOneLine() {
        Run run = train(folder.resolve("run"), "--epochs", "2", "--head-learning-rate", "1e38", "--optimizer", "adamw");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("retort: diverged at step ")
                .contains("last checkpoint: ")
                .hasLineCount(1);
    }

    @Test
    void badOptions_areUsageErrorsInOneLine() {
        List<List<String>> all = List.of(
                List.of("--scenario", "half"),
                List.of("--scenario", "frozen-head colour"),
                List.of("--scenario", "lower-layers 9"),
                List.of("--epochs", "0"),
                List.of("--batch-size", "x"),
                List.of("--accumulate", "-1"),
                List.of("--learning-rate", "-1"),
                List.of("--head-learning-rate", "NaN"),
                List.of("--layer-decay", "2"),
                List.of("--warmup", "1"),
                List.of("--clip", "-1"),
                List.of("--dropout", "1"),
                List.of("--label-smoothing", "1"),
                List.of("--task-weight", "topic=-1"),
                List.of("--task-weight", "topic"),
                List.of("--task-weight", "colour=2"),
                List.of("--seed", "many"),
                List.of("--threads", "0"),
                List.of("--max-tokens", "-5"),
                List.of("--max-tokens", "100"),
                List.of("--weight-decay", "-0.1"),
                List.of("--checkpoint-steps", "-1"),
                List.of("--format", "xml"),
                List.of("--clip", "NaN"),
                List.of("--epochs", "99999999999"),
                List.of("--scenario", "gradual 0"),
                List.of("--no-such-option"),
                List.of("--activation", "swish"),
                List.of("--optimizer", "sgd"),
                List.of("--schedule", "square"),
                List.of("--class-weights", "some"),
                List.of("--patience", "-1"),
                List.of("--checkpoints", "-2"),
                List.of("--hidden-size", "-1"),
                List.of("--tasks", "="),
                List.of("--dev-fraction", "0.5"));
        for (List<String> options : all) {
            Run run = train(folder.resolve("run"), options.toArray(String[]::new));
            assertThat(run.code()).as("%s: %s", options, run.err()).isEqualTo(2);
            assertThat(run.err()).startsWith("retort: ").hasLineCount(1);
        }
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void badFiles_areFailuresInOneLine() throws IOException {
        Path run = folder.resolve("run");
        Path odd = Files.writeString(folder.resolve("odd.tsv"), "text\ttopic\n\tAnimal\n");
        List<List<String>> all = List.of(
                List.of("--data", "/no/such.tsv"),
                List.of("--data", folder.toString()),
                List.of("--data", odd.toString()),
                List.of("--data", data, "--tasks", "colour"),
                List.of("--data", data, "--text-column", "body"),
                List.of("--data", data, "--model", "/no/such"));
        for (List<String> options : all) {
            List<String> arguments = new ArrayList<>(List.of("train", "--out", run.toString()));
            if (!options.contains("--model")) {
                arguments.addAll(List.of("--model", model));
            }
            arguments.addAll(options);
            Run failed = Run.of(arguments.toArray(String[]::new));
            assertThat(failed.code()).as("%s: %s", options, failed.err()).isEqualTo(1);
            assertThat(failed.err().lines().filter(line -> !line.startsWith("retort: warning: ")))
                    .as("%s", options)
                    .hasSize(1);
        }
        assertThat(run).doesNotExist();
        Run none = Run.of("predict", "a cat");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err())
                .startsWith("retort: runs/default/model: no such folder: train a model with retort train");
        Run noHeads = Run.of("predict", "--model", model, "a cat");
        assertThat(noHeads.code()).isEqualTo(1);
        assertThat(noHeads.err()).contains("has no heads").hasLineCount(1);
    }
}
