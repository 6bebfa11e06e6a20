package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedFolderTest {

    @TempDir
    private Path parent;

    @Test
    void remove_takesWhatWasBegunAndNothingElse() throws IOException {
        Path older = Files.createDirectories(parent.resolve(".out.tmp-1"));
        try (UnfinishedFolder unfinished = new UnfinishedFolder(parent.resolve("out"))) {
            Path begun = Files.createDirectories(parent.resolve(".out.tmp-2"));
            Files.createDirectories(begun.resolve("1_Pooling"));
            Files.writeString(begun.resolve("1_Pooling/config.json"), "{}");
            Path other = Files.createDirectories(parent.resolve(".other.tmp-3"));
            Path finished = Files.createDirectories(parent.resolve("out"));
            unfinished.remove();
            assertThat(begun).doesNotExist();
            assertThat(other).exists();
            assertThat(finished).exists();
        }
        assertThat(older).exists();
    }

    @Test
    void remove_parentThatDoesNotExist_isNothing() throws IOException {
        try (UnfinishedFolder unfinished = new UnfinishedFolder(parent.resolve("no/out"))) {
            unfinished.remove();
        }
        assertThat(parent).isEmptyDirectory();
    }
}
