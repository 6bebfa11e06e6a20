package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a training process of its own shows: signals, a reader that leaves, a full disk. */
class TrainingProcessTest {

    private static final long PATIENCE_SECONDS = 120;
    private static final int IGNORED_INTERRUPT = 2; // SIGINT in the mask of /proc/self/status

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        assumeTrue(Files.exists(Path.of("/bin/sh")), "skipped: no POSIX shell");
        TinyModel.write(folder.resolve("tiny"));
        Files.writeString(folder.resolve("data.tsv"), "text\ttopic\na cat\tA\nthe road\tB\na dog\tA\nmat on road\tB\n");
        Files.writeString(folder.resolve("dev.tsv"), "text\ttopic\nein hund\tA\nroads\tB\n");
    }

    private ProcessBuilder train(Path out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--model=" + folder.resolve("tiny"),
                "--data=" + folder.resolve("data.tsv"),
                "--dev=" + folder.resolve("dev.tsv"),
                "--threads=1",
                "--out=" + out));
        arguments.addAll(List.of(more));
        return process(arguments);
    }

    private ProcessBuilder process(List<String> arguments) {
        return RetortProcess.of(
                        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), arguments.toArray(String[]::new))
                .redirectError(folder.resolve("stderr").toFile())
                .redirectOutput(Redirect.DISCARD);
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("stderr"));
    }

    private int await(Process process) throws IOException, InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(ended).as(said()).isTrue();
        return process.exitValue();
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + process.pid())
                .start()
                .waitFor();
    }

    private static boolean ignoresInterrupts() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("SigIgn:")) {
                long ignored = Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16);
                return (ignored & IGNORED_INTERRUPT) != 0;
            }
        }
        return true;
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void signal_saysHowToGoOn_andTheRunGoesOn(String signal, int code) throws IOException, InterruptedException {
        if (signal.equals("INT")) { // where this runs in the background, every child ignores it too
            assumeTrue(Files.exists(Path.of("/proc/self/status")), "skipped: no /proc to tell what is ignored");
            assumeFalse(ignoresInterrupts(), "skipped: SIGINT is ignored by this process and its children");
        }
        Path run = folder.resolve("run");
        Process process = train(run, "--epochs=20000", "--patience=19000").start();
        while (!new RunFolder(run).hasCheckpoint() && process.isAlive()) {
            Thread.sleep(20);
        }
        signal(signal, process);
        assertThat(await(process)).isEqualTo(code);
        assertThat(said().strip())
                .isEqualTo("retort: interrupted: go on from the last checkpoint with: retort train --resume " + run);
        Process again = process(List.of("train", "--resume=" + run)).start();
        assertThat(again.waitFor(3, TimeUnit.SECONDS)).as(said()).isFalse();
        signal("TERM", again);
        assertThat(await(again)).isEqualTo(143);
    }

    @Test
    void readerOfStandardOutputLeaves_theRunGoesOnToItsEnd() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        Process process =
                train(run, "--epochs=200").redirectOutput(Redirect.PIPE).start();
        try (InputStream out = process.getInputStream()) {
            assertThat(out.read()).isEqualTo('m');
        }
        assertThat(await(process)).isEqualTo(Failures.OUTPUT_CLOSED);
        assertThat(said()).isEmpty();
        assertThat(run.resolve("run.json")).content().contains("\"finished\" : true");
        assertThat(run.resolve("model/heads.json")).exists();
    }

    /** A disk of a few kilobytes, which only root can make. */
    @Test
    void fullDisk_isOneLineThatNamesTheFile_andTheRunGoesOnWhenThereIsRoom() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                command("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk.toString()) == 0,
                "skipped: a small disk cannot be mounted here");
        try {
            Path run = disk.resolve("run");
            assertThat(await(train(run, "--epochs=3", "--hidden-size=4000").start()))
                    .isEqualTo(1);
            assertThat(said())
                    .startsWith(
                            "retort: " + run.resolve("checkpoints/step-00000002.safetensors") + ": cannot be written: ")
                    .hasLineCount(1);
            assertThat(command("mount", "-o", "remount,size=20m", disk.toString()))
                    .isZero();
            assertThat(await(process(List.of("train", "--resume=" + run)).start()))
                    .as(said())
                    .isZero();
            assertThat(run.resolve("model/heads.json")).exists();
            assertThat(FolderBytes.of(run).keySet()).noneMatch(file -> file.contains(".tmp"));
        } finally {
            command("umount", disk.toString());
        }
    }

    private static int command(String... words) throws InterruptedException {
        try {
            return new ProcessBuilder(words)
                    .redirectError(Redirect.DISCARD)
                    .redirectOutput(Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1;
        }
    }
}
