package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.retort.core.SharedFolder;
import dev.retort.train.Evaluation.TaskEvaluation;
import dev.retort.train.RunHistory;
import dev.retort.train.TrainingListener.EpochReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of docs/results.md on real data, by its commands. */
class ResultsTest {

    @TempDir
    private Path folder;

    private Path train(String... options) {
        Path out = folder.resolve("run");
        List<String> arguments =
                new ArrayList<>(List.of("train", "--seed", "1", "--threads", "2", "--out", out.toString()));
        arguments.addAll(List.of(options));
        Run run = Run.of(arguments.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return out;
    }

    private static String data(String file) {
        return SharedFolder.require("data").resolve(file).toString();
    }

    private static double accuracyOn(String file, Path run) throws IOException {
        Run measured = Run.of(
                "eval",
                "--model",
                run.resolve("model").toString(),
                "--data",
                data(file),
                "--tasks",
                "topic=label",
                "--json");
        assertThat(measured.code()).as(measured.err()).isZero();
        JsonNode figures = new JsonMapper().readTree(measured.out());
        return figures.at("/tasks/topic/accuracy").doubleValue();
    }

    private static double accuracy(EpochReport epoch, String task) {
        return epoch.dev().tasks().stream()
                .filter(each -> each.task().equals(task))
                .mapToDouble(TaskEvaluation::accuracy)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void headsOnly_topicFiles_isNoWorseThanLogisticRegression() throws IOException {
        Path run = train(
                "--data",
                data("topic/topic3_huffpost_train.tsv"),
                "--data",
                data("topic/topic3_reddit_train.tsv"),
                "--dev",
                data("topic/topic3_huffpost_dev.tsv"),
                "--dev",
                data("topic/topic3_reddit_dev.tsv"),
                "--tasks",
                "topic=label",
                "--batch-size",
                "32");

        assertThat(accuracyOn("topic/topic3_huffpost_dev.tsv", run)).isGreaterThanOrEqualTo(0.79);
        assertThat(accuracyOn("topic/topic3_reddit_dev.tsv", run)).isGreaterThanOrEqualTo(0.865);
    }

    @Test
    void headsOnly_jointFiles_isNoWorseThanLogisticRegression() throws IOException {
        Path run = train(
                "--data",
                data("joint/joint_train.tsv"),
                "--dev",
                data("joint/joint_dev.tsv"),
                "--tasks",
                "topic,sentiment",
                "--batch-size",
                "32");
        RunHistory history = RunHistory.read(run.resolve("metrics.jsonl"));
        EpochReport best = history.epochs().get(history.keptEpoch());

        assertThat(accuracy(best, "topic")).isGreaterThanOrEqualTo(0.955);
        assertThat(accuracy(best, "sentiment")).isGreaterThanOrEqualTo(0.615);
    }

    /** Minutes; docs/results.md has the mean of three seeds. */
    @Test
    @Tag("endurance")
    void full_jointFilesThreeEpochs_isAboveTheFrozenBackbone() throws IOException {
        Path run = train(
                "--data",
                data("joint/joint_train.tsv"),
                "--dev",
                data("joint/joint_dev.tsv"),
                "--tasks",
                "topic,sentiment",
                "--scenario",
                "full",
                "--epochs",
                "3",
                "--batch-size",
                "16");
        EpochReport third =
                RunHistory.read(run.resolve("metrics.jsonl")).epochs().get(2);

        assertThat(accuracy(third, "topic")).isGreaterThan(0.965);
        assertThat(accuracy(third, "sentiment")).isGreaterThan(0.69);
    }
}
