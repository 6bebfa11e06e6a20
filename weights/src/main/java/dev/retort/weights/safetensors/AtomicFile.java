package dev.retort.weights.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that is there in full or not at all. It is written beside the target, brought to the disk and renamed; whoever reads or maps
 * the old file keeps the old file. On any failure the target is as it was and nothing lies beside it.
 *
 * <p>Only a crash of the machine or the process can leave the temporary file, {@code .retort-*.tmp}.
 */
public final class AtomicFile {

    private AtomicFile() {}

    /**
     * Creates or replaces a file. A symbolic link is replaced, not followed: in a download cache it points to what others share.
     *
     * @param target the file, in a folder that exists
     * @param content writes it; what it throws comes out of here
     * @throws FileSystemException with the target's name if the disk is full or fails
     */
    public static void write(Path target, ByteSource content) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(target + ": is not a file's path");
        }
        Path temporary = folder.resolve(".retort-" + UUID.randomUUID() + ".tmp");
        // not Files.createTempFile, whose files only their owner may read
        FileChannel channel = create(target, temporary);
        try {
            try (channel) {
                content.writeTo(new WholeWrites(new NamedChannel(target, channel)));
                force(target, channel);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (Throwable e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        forceFolder(folder);
    }

    /** As {@link #write(Path, ByteSource)}, a text in UTF-8. */
    public static void writeText(Path target, String text) throws IOException {
        write(target, channel -> channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static FileChannel create(Path target, Path temporary) throws IOException {
        try {
            return FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileSystemException e) {
            if (e.getClass() == FileSystemException.class) { // of a kind that its type does not tell
                FileSystemException failure =
                        new FileSystemException(target.toString(), null, "cannot be written: " + e.getReason());
                failure.initCause(e);
                throw failure;
            }
            throw e;
        }
    }

    private static void force(Path target, FileChannel channel) throws IOException {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw named(target, e);
        }
    }

    /** What the system says of a full disk names no file. */
    private static IOException named(Path target, IOException failure) {
        if (failure instanceof ClosedChannelException) { // no trouble with the disk: an interrupt, for example
            return failure;
        }
        FileSystemException named =
                new FileSystemException(target.toString(), null, "cannot be written: " + failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /** A file's channel whose failures say which file it is. */
    record NamedChannel(Path target, FileChannel channel) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer source) throws IOException {
            try {
                return channel.write(source);
            } catch (IOException e) {
                throw named(target, e);
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** Brings the rename to the disk, where the system lets a folder be opened (Windows does not). */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The file is in place and whole; only its survival of a power cut in the next seconds is not certain.
            return;
        }
    }
}
