package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training process that is killed (SIGKILL), again and again, and each time goes on from its newest checkpoint. */
class KilledTrainingTest {

    private static final long PATIENCE_SECONDS = 300;
    private static final int ROWS = 40; // 20 steps an epoch
    private static final long SEED = 20_261_128;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path folder;

    @Test
    void resume_afterAFewKills_endsWithTheBytesOfTheUndisturbedRun() throws Exception {
        killAndResume(3, 12);
    }

    @Test
    @Tag("endurance")
    void resume_afterTwentyKills_endsWithTheBytesOfTheUndisturbedRun() throws Exception {
        killAndResume(20, 60);
    }

    /** Every other kill waits for a checkpoint that is half written. */
    private void killAndResume(int kills, int epochs) throws Exception {
        String model = TinyModel.write(folder.resolve("tiny")).toString();
        String train = write("train.tsv", ROWS, 1);
        String dev = write("dev.tsv", 10, 2);
        List<String> begin = List.of(
                "train",
                "--model",
                model,
                "--data",
                train,
                "--dev",
                dev,
                "--scenario",
                "full",
                "--hidden-size",
                "4096", // checkpoints of some megabytes, so that their writing takes a while
                "--epochs",
                Integer.toString(epochs),
                "--checkpoint-steps",
                "1",
                "--threads",
                "2",
                "--out");
        Path undisturbed = folder.resolve("undisturbed");
        await(start(with(begin, undisturbed), undisturbed));

        Path killed = folder.resolve("killed");
        Random random = new Random(SEED);
        int duringWrite = 0;
        Process process = start(with(begin, killed), killed);
        for (int kill = 0; kill < kills; kill++) {
            long before = newestStep(killed);
            while (newestStep(killed) <= before && process.isAlive()) {
                TimeUnit.MILLISECONDS.sleep(2);
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(150));
            for (int look = 0; kill % 2 == 1 && look < 100_000 && unfinished(killed) == 0; look++) {
                Thread.onSpinWait();
            }
            assertThat(process.isAlive())
                    .as("kill %d: the run is not over yet", kill)
                    .isTrue();
            process.destroyForcibly();
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            duringWrite += unfinished(killed) > 0 ? 1 : 0;
            process = start(List.of("train", "--resume", killed.toString()), killed);
        }
        await(process);

        assertThat(duringWrite).as("kills during the writing of a checkpoint").isPositive();
        for (String file : List.of("model/model.safetensors", "model/heads.safetensors", "model/heads.json")) {
            assertThat(killed.resolve(file)).hasSameBinaryContentAs(undisturbed.resolve(file));
        }
        String last = "checkpoints/" + newest(undisturbed).getFileName();
        assertThat(killed.resolve(last)).hasSameBinaryContentAs(undisturbed.resolve(last));
        assertThat(losses(killed)).isEqualTo(losses(undisturbed)).hasSize(epochs * ROWS / 2);
        assertThat(unfinished(killed)).isZero();
        try (Stream<Path> left = Files.list(killed.resolve("checkpoints"))) {
            assertThat(left).hasSize(2);
        }
    }

    private static List<String> with(List<String> arguments, Path out) {
        List<String> all = new ArrayList<>(arguments);
        all.add(out.toString());
        return all;
    }

    private String write(String name, int rows, long seed) throws IOException {
        String[] words = "a cat dog sits runs on the mat road . ein hund".split(" ");
        Random random = new Random(seed);
        StringBuilder table = new StringBuilder("text\ttopic\tsentiment\n");
        for (int row = 0; row < rows; row++) {
            for (int word = 0; word < 3 + row % 4; word++) {
                table.append(words[random.nextInt(words.length)]).append(' ');
            }
            table.append(row)
                    .append('\t')
                    .append(row % 3 == 0 ? "Place" : "Animal")
                    .append('\t')
                    .append(row % 2 == 0 ? "Good" : "Bad")
                    .append('\n');
        }
        return Files.writeString(folder.resolve(name), table).toString();
    }

    private Process start(List<String> arguments, Path run) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.retort.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(run).toFile())
                .start();
    }

    private Path log(Path run) {
        return folder.resolve(run.getFileName() + ".log");
    }

    private void await(Process process) throws Exception {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        if (process.exitValue() != 0) {
            for (String run : List.of("undisturbed", "killed")) {
                assertThat(log(folder.resolve(run))).as(run).doesNotExist();
            }
        }
    }

    private static Path newest(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run.resolve("checkpoints"))) {
            return all.filter(file -> file.getFileName().toString().startsWith("step-"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }

    private static long newestStep(Path run) throws IOException {
        Path checkpoints = run.resolve("checkpoints");
        if (!Files.isDirectory(checkpoints)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(checkpoints)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("step-"))
                    .mapToLong(name -> Long.parseLong(name.replaceAll("\\D", "")))
                    .max()
                    .orElse(0);
        }
    }

    private static long unfinished(Path run) throws IOException {
        try (Stream<Path> all = Files.list(run.resolve("checkpoints"))) {
            return all.filter(file -> file.getFileName().toString().endsWith(".tmp"))
                    .count();
        }
    }

    /** Each step's loss; what a killed process had told of steps after its checkpoint is told again, and must be the same. */
    private static TreeMap<Integer, Double> losses(Path run) throws IOException {
        TreeMap<Integer, Double> losses = new TreeMap<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode event = JSON.readTree(line);
            if (event.get("event").textValue().equals("step")) {
                double loss = event.get("loss").doubleValue();
                Double before = losses.put(event.get("step").intValue(), loss);
                assertThat(before == null || before == loss).isTrue();
            }
        }
        return losses;
    }
}
