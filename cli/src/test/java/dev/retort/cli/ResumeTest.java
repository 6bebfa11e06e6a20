package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code train --resume} of runs that were cut back to a checkpoint, and the same bytes of runs that were not. */
class ResumeTest {

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
            """; // four steps an epoch

    @TempDir
    private Path folder;

    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        TinyModel.write(folder.resolve("tiny"));
        data = Files.writeString(folder.resolve("data.tsv"), DATA);
        Files.writeString(
                folder.resolve("dev.tsv"), "text\ttopic\tsentiment\na dog\tAnimal\tGood\na mat\tPlace\tBad\n");
    }

    private Run train(String out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model=" + folder.resolve("tiny"),
                "--data=" + data,
                "--dev=" + folder.resolve("dev.tsv"),
                "--hidden-size=4",
                "--scenario=full",
                "--learning-rate=1e-3",
                "--optimizer=adamw",
                "--checkpoints=20",
                "--out=" + folder.resolve(out)));
        arguments.addAll(List.of(more));
        return Run.of(arguments.toArray(String[]::new));
    }

    private Run resume(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("train", "--resume", folder.resolve("run").toString()));
        arguments.addAll(List.of(more));
        return Run.of(arguments.toArray(String[]::new));
    }

    private Path checkpoint(int step) {
        return folder.resolve(String.format("run/checkpoints/step-%08d.safetensors", step));
    }

    /** Trains for two epochs and makes it a run that ended after a step. */
    private Map<String, String> trainAndCutBackTo(int step) throws IOException {
        Run run = train("run", "--epochs=2", "--checkpoint-steps=3", "--threads=2");
        assertThat(run.code()).as(run.err()).isZero();
        Map<String, String> whole = outcome("run");
        for (int later = step + 1; later <= 8; later++) {
            Files.deleteIfExists(checkpoint(later));
        }
        Path description = folder.resolve("run/run.json");
        Files.writeString(description, Files.readString(description).replace(": true", ": false"));
        return whole;
    }

    /** Model and newest checkpoint, with the moments. */
    private Map<String, String> outcome(String run) throws IOException {
        Map<String, String> outcome = FolderBytes.of(folder.resolve(run).resolve("model"));
        outcome.put(
                "checkpoint",
                FolderBytes.of(folder.resolve(run).resolve("checkpoints")).get("step-00000008.safetensors"));
        return outcome;
    }

    private String predictions(String run) {
        Run predicted =
                Run.of("predict", "--model", folder.resolve(run).toString(), "a cat", "the road runs", "dog on mat");
        assertThat(predicted.code()).as(predicted.err()).isZero();
        return predicted.out();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void train_twice_sameBytesOfParametersMomentsAndPredictions_anotherSeedOthers(int threads) throws IOException {
        for (String run : List.of("first", "second", "other")) {
            Run trained = train(run, "--epochs=2", "--threads=" + threads, "--seed=" + (run.equals("other") ? 2 : 1));
            assertThat(trained.code()).as(trained.err()).isZero();
        }
        Map<String, String> first = outcome("first");
        Map<String, String> other = outcome("other");

        assertThat(outcome("second")).isEqualTo(first);
        assertThat(predictions("second")).isEqualTo(predictions("first")).isNotEqualTo(predictions("other"));
        for (String file : List.of("checkpoint", "model.safetensors", "heads.safetensors")) {
            assertThat(other.get(file)).as(file).isNotNull().isNotEqualTo(first.get(file));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 6})
    void resume_fromTheMiddleOrTheEndOfAnEpoch_endsWithTheBytesOfTheWholeRun(int step) throws IOException {
        Map<String, String> whole = trainAndCutBackTo(step);

        Run resumed = resume();

        assertThat(resumed).extracting(Run::code, Run::err).containsExactly(0, "");
        assertThat(resumed.out()).contains("goes on after step " + step + " of 8");
        assertThat(outcome("run")).isEqualTo(whole);
    }

    @Test
    void resume_newestCheckpointTruncated_goesOnFromTheOneBefore() throws IOException {
        Map<String, String> whole = trainAndCutBackTo(6);
        byte[] bytes = Files.readAllBytes(checkpoint(6));
        Files.write(checkpoint(6), Arrays.copyOf(bytes, bytes.length / 2));

        Run resumed = resume();

        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("goes on after step 4 of 8");
        assertThat(outcome("run")).isEqualTo(whole);
    }

    @Test
    void resume_everyCheckpointTruncated_isAFailureThatNamesTheNewest() throws IOException {
        trainAndCutBackTo(6);
        for (int step : new int[] {3, 4, 6}) {
            Files.write(checkpoint(step), new byte[] {1, 2, 3});
        }
        Map<String, String> before = FolderBytes.of(folder);

        Run resumed = resume();

        assertThat(resumed.code()).isEqualTo(1);
        assertThat(resumed.err().lines().filter(line -> !line.startsWith("retort: warning: ")))
                .singleElement()
                .asString()
                .contains("step-00000006.safetensors");
        assertThat(FolderBytes.of(folder)).isEqualTo(before);
    }

    @Test
    void resume_checkpointsDeleted_saysSoAndBeginsAgain() throws IOException {
        Map<String, String> whole = trainAndCutBackTo(0);

        Run resumed = resume();

        assertThat(resumed)
                .extracting(Run::code, Run::err)
                .containsExactly(
                        0,
                        "retort: warning: " + folder.resolve("run")
                                + ": there is no checkpoint: the run begins from the first step\n");
        assertThat(outcome("run")).isEqualTo(whole);
    }

    @Test
    void resume_otherOptions_isAUsageErrorThatNamesThem() throws IOException {
        trainAndCutBackTo(6);
        Map<String, String> before = FolderBytes.of(folder);
        for (String option :
                List.of("--seed=7", "--epochs=3", "--data=/no/such.tsv", "--batch-size=4", "--task-weight=topic=2")) {
            Run resumed = resume(option);
            assertThat(resumed.code()).as(option).isEqualTo(2);
            assertThat(resumed.err())
                    .startsWith("retort: --resume " + folder.resolve("run") + ": the run has other options: "
                            + option.substring(0, option.indexOf('=')) + " is ")
                    .hasLineCount(1);
        }
        assertThat(FolderBytes.of(folder)).isEqualTo(before);
    }

    @Test
    void resume_otherDataUnderTheSameName_isAFailure() throws IOException {
        trainAndCutBackTo(6);
        Files.writeString(data, DATA.replace("a dog runs\tAnimal", "a dog runs\tPlace"));
        Map<String, String> before = FolderBytes.of(folder);

        Run resumed = resume();

        assertThat(resumed.code()).isEqualTo(1);
        assertThat(resumed.err())
                .startsWith("retort: step-00000006.safetensors: is of another run: training set: saved ")
                .hasLineCount(1);
        assertThat(FolderBytes.of(folder)).isEqualTo(before);
        Files.delete(data);
        assertThat(resume().err()).isEqualTo("retort: " + data + ": no such file\n");
    }

    @Test
    void train_whileAnotherTrainsThere_isRefused() throws Exception {
        trainAndCutBackTo(6);
        Map<String, String> before = FolderBytes.of(folder);
        try (RunLock other = RunLock.take(folder.resolve("run"))) {
            assertThat(resume())
                    .extracting(Run::code, Run::err)
                    .containsExactly(
                            1,
                            "retort: " + folder.resolve("run")
                                    + ": another process trains there: wait for its end, or give another --out\n");
        }
        assertThat(FolderBytes.of(folder)).isEqualTo(before);
    }

    /** The tokenizer is read when the trainer is opened: later than the data, earlier than the folder is touched. */
    @Test
    void train_cannotBegin_leavesTheFinishedRunWhole() throws IOException {
        assertThat(train("run", "--epochs=1", "--threads=1").code()).isZero();
        Files.writeString(folder.resolve("tiny/vocab.txt"), "[PAD]\n");
        Map<String, String> before = FolderBytes.of(folder);

        Run refused = train("run", "--epochs=1", "--threads=1");

        assertThat(refused.code()).as(refused.err()).isEqualTo(1);
        assertThat(refused.err()).hasLineCount(1);
        assertThat(FolderBytes.of(folder)).isEqualTo(before);
    }
}
