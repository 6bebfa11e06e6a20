package dev.retort.cli.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is read. Java opens folders too, and what it says at the first read names none. */
public final class InputFile {

    private InputFile() {}

    /**
     * @throws FileSystemException if there is no such file, it is a folder, or it may not be read
     */
    public static InputStream open(Path file) throws IOException {
        return Files.newInputStream(requireFile(file));
    }

    /** All bytes; see {@link #open}. */
    public static byte[] read(Path file) throws IOException {
        return Files.readAllBytes(requireFile(file));
    }

    private static Path requireFile(Path file) throws FileSystemException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder: give the name of a file");
        }
        return file;
    }
}
