package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run of {@code retort train} that is killed with SIGKILL and goes on, again and again. Its heads are wide enough for a checkpoint to
 * take a moment to write.
 */
final class KilledTraining {

    private static final int STEPS_AN_EPOCH = 4; // 8 rows in batches of two
    private static final long PATIENCE_SECONDS = 120;
    private static final JsonMapper JSON = new JsonMapper();
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

    private final Path folder;
    private final Path run;
    private final Random random;
    private final int stepCount;
    private final List<String> arguments;
    private int checkpointsCutOff;

    /** When the process is killed. */
    enum Moment {
        /** A random time after its start, which may be before anything is written. */
        ANY,
        /** A random time after a step that it has not come to before. */
        STEP,
        /** While it writes a checkpoint. */
        CHECKPOINT,
        /** While it writes the model. */
        MODEL
    }

    /**
     * @param folder for the model, the data and both runs
     * @param epochs of the run
     * @param seed of the moments; is printed
     */
    KilledTraining(Path folder, int epochs, long seed) throws IOException {
        this.folder = folder;
        this.run = folder.resolve("killed");
        this.random = new Random(seed);
        this.stepCount = epochs * STEPS_AN_EPOCH;
        System.out.println("killed training: seed " + seed);
        Path model = TinyModel.write(folder.resolve("tiny"));
        Path data = Files.writeString(folder.resolve("data.tsv"), DATA);
        this.arguments = List.of(
                "train",
                "--model=" + model,
                "--data=" + data,
                "--dev=" + data,
                "--scenario=full",
                "--epochs=" + epochs,
                "--hidden-size=8000",
                "--threads=2",
                "--optimizer=adamw",
                "--learning-rate=1e-3",
                "--clip=1",
                "--schedule=cosine",
                "--warmup=0.1",
                "--checkpoint-steps=3");
    }

    /** Kills it so many times, then lets it end, and compares it with one that was left alone. */
    void killAt(List<Moment> moments) throws IOException, InterruptedException {
        finish(start(false, folder.resolve("whole")));
        for (int kill = 0; kill < moments.size(); kill++) {
            Moment moment = moments.get(kill);
            Process process = start(Files.exists(run.resolve("run.json")), run);
            int atLeast = stepCount * (kill + 1) / (moments.size() + 1);
            boolean came = awaitMoment(moment, process, atLeast);
            process.destroyForcibly().waitFor();
            assertThat(came)
                    .as("kill %d: %s: the process ended first: %s", kill, moment, said())
                    .isTrue();
            int cutOff = litter(run.resolve("checkpoints")).size();
            checkpointsCutOff += cutOff;
            System.out.printf(
                    "kill %d: %s, after step %d%s%n",
                    kill + 1, moment, lastStep(), cutOff > 0 ? ", a checkpoint was being written" : "");
            assertThat(cutOff).isLessThanOrEqualTo(1);
            assertThat(litter(run)).hasSizeLessThanOrEqualTo(2); // the description or the report, and the model
        }
        finish(start(Files.exists(run.resolve("run.json")), run));
        assertSameAs(folder.resolve("whole"));
    }

    /** How many kills have left a part of a checkpoint. */
    int checkpointsCutOff() {
        return checkpointsCutOff;
    }

    private Process start(boolean resuming, Path out) throws IOException {
        List<String> words = new ArrayList<>(resuming ? List.of("train", "--resume=" + out) : arguments);
        if (!resuming) {
            words.add("--out=" + out);
        }
        return RetortProcess.of(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), words.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
    }

    private void finish(Process process) throws IOException, InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        assertThat(ended).as(said()).isTrue();
        assertThat(process.exitValue()).as(said()).isZero();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("said"));
    }

    private boolean awaitMoment(Moment moment, Process process, int step) throws InterruptedException {
        Path checkpoints = run.resolve("checkpoints");
        switch (moment) {
            case ANY -> {
                return !process.waitFor(random.nextInt(1500), TimeUnit.MILLISECONDS);
            }
            case STEP -> {
                return await(process, () -> lastStep() >= step)
                        && !process.waitFor(random.nextInt(40), TimeUnit.MILLISECONDS);
            }
            case CHECKPOINT -> {
                return await(
                        process,
                        () -> lastStep() >= step && !litter(checkpoints).isEmpty());
            }
            case MODEL -> {
                return await(
                        process,
                        () -> litter(run).stream()
                                .anyMatch(file -> file.toString().contains(".model.")));
            }
            default -> throw new IllegalArgumentException(moment.toString());
        }
    }

    private static boolean await(Process process, BooleanSupplier moment) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            if (moment.getAsBoolean()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** The step of the last whole line of the metrics, 0 without any. */
    private int lastStep() {
        try (RandomAccessFile file =
                new RandomAccessFile(run.resolve("metrics.jsonl").toFile(), "r")) {
            byte[] end = new byte[(int) Math.min(4096, file.length())];
            file.seek(file.length() - end.length);
            file.readFully(end);
            String[] lines = new String(end, StandardCharsets.UTF_8).split("\n");
            for (int i = lines.length - 1; i >= 0; i--) {
                JsonNode event = json(lines[i]);
                if (event != null) {
                    return event.path("step").asInt();
                }
            }
            return 0;
        } catch (IOException e) {
            return 0; // there is none yet, or it has just been cut back
        }
    }

    private static @Nullable JsonNode json(String line) {
        try {
            JsonNode event = JSON.readTree(line);
            return event.isObject() ? event : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Hidden files and folders: what is not whole yet. */
    private static List<Path> litter(Path parent) {
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(child ->
                            String.valueOf(child.getFileName()).startsWith(".") && !child.endsWith(RunLock.FILE))
                    .toList();
        } catch (IOException e) {
            return List.of(); // there is no such folder yet
        }
    }

    // ---- the outcome ----

    private void assertSameAs(Path whole) throws IOException {
        assertThat(FolderBytes.of(run.resolve("model"))).isEqualTo(FolderBytes.of(whole.resolve("model")));
        assertThat(FolderBytes.of(run.resolve("checkpoints"))).isEqualTo(FolderBytes.of(whole.resolve("checkpoints")));
        assertThat(steps(run)).isEqualTo(steps(whole)).hasSize(stepCount);
        assertThat(litter(run)).isEmpty();
        assertThat(names(run)).isEqualTo(names(whole));
    }

    /** What was told of each step, losses to the last digit. */
    private static List<String> steps(Path run) throws IOException {
        try (Stream<String> lines = Files.lines(run.resolve("metrics.jsonl"))) {
            return lines.filter(line -> line.startsWith("{\"event\":\"step\"")).toList();
        }
    }

    private static List<String> names(Path parent) throws IOException {
        try (Stream<Path> children = Files.list(parent)) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }
}
