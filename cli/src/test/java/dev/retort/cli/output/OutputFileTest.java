package dev.retort.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {

    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void write(OutputFile file, String text) throws IOException {
        OutputStream out = file.stream();
        out.write(text.getBytes());
    }

    @Test
    void commit_newFile_appears() throws IOException {
        Path target = folder.resolve("a");
        try (OutputFile file = OutputFile.create(target)) {
            write(file, "new");
            assertThat(target).doesNotExist();
            file.commit();
        }
        assertThat(target).hasContent("new");
        assertThat(names()).containsExactly("a");
    }

    @Test
    void close_withoutCommit_leavesTheOldFile() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        try (OutputFile file = OutputFile.create(target)) {
            write(file, "new");
        }
        assertThat(target).hasContent("old");
        assertThat(names()).containsExactly("a");
    }

    @Test
    void commit_oldFile_isReplacedAndKeepsItsPermissions() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "skipped: no POSIX permissions");
        Path target = Files.writeString(folder.resolve("a"), "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));
        try (OutputFile file = OutputFile.create(target)) {
            write(file, "new");
            file.commit();
        }
        assertThat(target).hasContent("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void commit_symbolicLink_replacesWhatItPointsTo() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        try (OutputFile file = OutputFile.create(link)) {
            write(file, "new");
            file.commit();
        }
        assertThat(link).isSymbolicLink();
        assertThat(target).hasContent("new");
    }

    @Test
    void create_folderOrMissingFolder_isRefused() {
        assertThatThrownBy(() -> OutputFile.create(folder))
                .hasMessage(folder + ": is a folder: give the name of a file");
        Path lost = folder.resolve("no/a");
        assertThatThrownBy(() -> OutputFile.create(lost))
                .hasMessage(lost + ": its folder does not exist: create it first");
    }

    @Test
    void create_device_isWrittenInPlace() throws IOException {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device), "skipped: no /dev/null");
        try (OutputFile file = OutputFile.create(device)) {
            write(file, "new");
            assertThat(file.isSeekable()).isFalse();
            file.commit();
        }
        assertThat(Files.isRegularFile(device)).isFalse();
    }
}
