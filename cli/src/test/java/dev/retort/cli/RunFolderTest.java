package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    @TempDir
    private Path path;

    private static void file(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, file.getFileName().toString());
    }

    @Test
    void tidy_removesWhatIsHalfWritten_andNothingElse() throws IOException {
        file(path.resolve(".model.tmp-1/1_Pooling/config.json"));
        file(path.resolve(".model.old-1/config.json"));
        file(path.resolve(".retort-1.tmp"));
        file(path.resolve("model/config.json"));
        file(path.resolve("run.json"));
        file(path.resolve("notes.txt"));
        file(path.resolve(".mine"));

        new RunFolder(path).tidy();

        assertThat(FolderBytes.of(path)).containsOnlyKeys("model/config.json", "run.json", "notes.txt", ".mine");
    }

    @Test
    void tidy_endedBetweenTwoRenames_putsTheModelBack() throws IOException {
        file(path.resolve(".model.old-1/config.json"));
        file(path.resolve(".model.tmp-2/config.json"));

        new RunFolder(path).tidy();

        assertThat(FolderBytes.of(path)).containsOnlyKeys("model/config.json");
    }

    @Test
    void requireFree_onlyLeftovers_isFree() throws Exception {
        RunFolder run = new RunFolder(path);
        file(path.resolve(".retort-1.tmp"));
        RunLock.take(path).close();

        run.requireFree();

        file(path.resolve("notes.txt"));
        assertThatThrownBy(run::requireFree).hasMessageContaining("is not empty and no run's folder");
    }

    @Test
    void take_whileAnotherHasIt_isRefused() throws Exception {
        try (RunLock lock = RunLock.take(path.resolve("run"))) {
            assertThatThrownBy(() -> RunLock.take(path.resolve("run")))
                    .isInstanceOf(CommandFailedException.class)
                    .hasMessage(path.resolve("run")
                            + ": another process trains there: wait for its end, or give another --out");
        }
        RunLock.take(path.resolve("run")).close();
    }

    @Test
    void description_damaged_saysWhich() throws IOException {
        RunFolder run = new RunFolder(path);
        run.begin(Map.of());
        Files.writeString(path.resolve("run.json"), "{\"format\": 2}");
        assertThatThrownBy(run::unfinishedOptions)
                .hasMessageStartingWith(path.resolve("run.json") + ": not the description of a run: expected format 1");
        Files.writeString(path.resolve("run.json"), "{");
        assertThatThrownBy(run::unfinishedOptions).hasMessageStartingWith(path.resolve("run.json") + ": no JSON: ");
    }
}
