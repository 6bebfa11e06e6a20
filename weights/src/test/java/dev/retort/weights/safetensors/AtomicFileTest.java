package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    Path folder;

    private void assertFolderHoldsOnly(Path... paths) throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(paths);
        }
    }

    @Test
    void write_newFile_isThere() throws IOException {
        Path target = folder.resolve("a.bin");

        AtomicFile.write(target, channel -> {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2}));
            channel.write(ByteBuffer.wrap(new byte[] {3}));
        });

        assertThat(target).hasBinaryContent(new byte[] {1, 2, 3});
        assertFolderHoldsOnly(target);
    }

    @Test
    void writeText_existingFile_isReplaced() throws IOException {
        Path target = folder.resolve("a.txt");
        AtomicFile.writeText(target, "a longer text");

        AtomicFile.writeText(target, "é");

        assertThat(target).hasBinaryContent(new byte[] {(byte) 0xc3, (byte) 0xa9});
        assertFolderHoldsOnly(target);
    }

    @Test
    void write_whileWriting_showsTheOldFile() throws IOException {
        Path target = folder.resolve("a.txt");
        AtomicFile.writeText(target, "old");

        AtomicFile.write(target, channel -> {
            channel.write(ByteBuffer.wrap("new".getBytes()));
            assertThat(target).hasContent("old");
        });

        assertThat(target).hasContent("new");
    }

    @Test
    void write_failingContent_leavesTheOldFileAndNothingElse() throws IOException {
        Path target = folder.resolve("a.txt");
        AtomicFile.writeText(target, "old");
        Throwable[] failures = {
            new IOException("no space left on device"),
            new IllegalStateException("source"),
            new OutOfMemoryError("heap")
        };
        for (Throwable failure : failures) {
            assertThatThrownBy(() -> AtomicFile.write(target, channel -> failAfter(channel, failure)))
                    .isSameAs(failure);
            assertThat(target).hasContent("old");
            assertFolderHoldsOnly(target);
        }
    }

    @Test
    void write_fullDisk_namesTheTarget() {
        Path full = Path.of("/dev/full"); // cannot be written beside itself: the channel alone is of interest
        assumeTrue(Files.isWritable(full), "skipped: no /dev/full");
        assertThatThrownBy(() -> {
                    try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
                        new AtomicFile.NamedChannel(Path.of("a.bin"), channel).write(ByteBuffer.allocate(10));
                    }
                })
                .isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith("a.bin: cannot be written: ");
    }

    private static void failAfter(WritableByteChannel channel, Throwable failure) throws IOException {
        channel.write(ByteBuffer.allocate(100_000));
        if (failure instanceof IOException e) {
            throw e;
        } else if (failure instanceof RuntimeException e) {
            throw e;
        }
        throw (Error) failure;
    }

    @Test
    void write_contentThatClosesTheChannel_failsRatherThanSkipTheSync() throws IOException {
        Path target = folder.resolve("a.txt");

        assertThatThrownBy(() -> AtomicFile.write(target, WritableByteChannel::close))
                .isInstanceOf(IOException.class);

        assertFolderHoldsOnly();
    }

    @Test
    void write_overAFolder_failsAndLeavesIt() throws IOException {
        Path target = Files.createDirectory(folder.resolve("a"));
        Path inside = Files.writeString(target.resolve("b"), "b");

        assertThatThrownBy(() -> AtomicFile.writeText(target, "text")).isInstanceOf(IOException.class);

        assertThat(inside).hasContent("b");
        assertFolderHoldsOnly(target);
    }

    @Test
    void write_absentFolder_fails() {
        assertThatThrownBy(() -> AtomicFile.writeText(folder.resolve("absent/a"), "text"))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void write_throughALink_replacesTheLinkOnly() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "skipped: symbolic links need a POSIX file system");
        Path blob = Files.writeString(folder.resolve("blob"), "shared");
        Path link = Files.createSymbolicLink(folder.resolve("link"), blob);

        AtomicFile.writeText(link, "own");

        assertThat(blob).hasContent("shared");
        assertThat(link).hasContent("own").isRegularFile();
        assertThat(Files.isSymbolicLink(link)).isFalse();
    }

    @Test
    void write_newFile_hasTheRightsOfAnyNewFile() throws IOException {
        assumeTrue(
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
                "skipped: access rights need a POSIX file system");
        Path plain = Files.writeString(folder.resolve("plain"), "");
        Path target = folder.resolve("a");

        AtomicFile.writeText(target, "");

        assertThat(Files.getPosixFilePermissions(target)).isEqualTo(Files.getPosixFilePermissions(plain));
    }
}
