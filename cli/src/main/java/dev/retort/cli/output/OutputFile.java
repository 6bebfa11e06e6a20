package dev.retort.cli.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that appears whole or not at all: it is written under another name beside its place and moved there by {@link #commit}. What
 * was there before stays until then. Closing without a commit, a signal that ends the process included, leaves nothing behind. A device
 * or a pipe is written in place.
 */
public final class OutputFile implements AutoCloseable {

    private final Path written;
    private final Path place;
    private final boolean inPlace;
    private final FileChannel channel;
    private final Thread remover;
    private boolean done;

    private OutputFile(Path written, Path place, boolean inPlace) throws IOException {
        this.written = written;
        this.place = place;
        this.inPlace = inPlace;
        this.channel = inPlace
                ? FileChannel.open(written, StandardOpenOption.WRITE)
                : FileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        this.remover = new Thread(this::remove, "retort-remove-unfinished");
        if (!inPlace) {
            Runtime.getRuntime().addShutdownHook(remover);
        }
    }

    /**
     * Begins to write.
     *
     * @throws FileSystemException if its folder does not exist or cannot be written, or if it is a folder
     */
    public static OutputFile create(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is a folder: give the name of a file");
        }
        Path place = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
        if (Files.exists(place) && !Files.isRegularFile(place)) {
            return new OutputFile(place, place, true);
        }
        Path folder = place.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(target.toString(), null, "its folder does not exist: create it first");
        }
        try {
            return new OutputFile(folder.resolve(".retort-" + UUID.randomUUID() + ".tmp"), place, false);
        } catch (AccessDeniedException e) {
            AccessDeniedException denied =
                    new AccessDeniedException(target.toString(), null, "its folder cannot be written: " + folder);
            denied.initCause(e);
            throw denied;
        }
    }

    /** Where bytes go, unbuffered. Closing it closes the file. */
    public OutputStream stream() {
        return Channels.newOutputStream(channel);
    }

    /** Where bytes go. */
    FileChannel channel() {
        return channel;
    }

    /** Whether bytes written earlier can be changed. */
    boolean isSeekable() {
        return !inPlace;
    }

    /** Puts the file in its place, on the disk. */
    public void commit() throws IOException {
        if (!inPlace) {
            channel.force(true);
        }
        channel.close();
        if (!inPlace) {
            if (Files.exists(place) && Files.getFileStore(place).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(written, Files.getPosixFilePermissions(place));
            }
            Files.move(written, place, StandardCopyOption.ATOMIC_MOVE);
        }
        finish();
    }

    private void finish() {
        done = true;
        try {
            Runtime.getRuntime().removeShutdownHook(remover);
        } catch (IllegalStateException shuttingDown) {
            return; // the process ends; the hook finds nothing to remove
        }
    }

    private void remove() {
        try {
            Files.deleteIfExists(written);
        } catch (IOException e) {
            System.err.println("retort: " + written + ": cannot be removed: " + e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!done && !inPlace) {
            remove();
            finish();
        }
    }
}
