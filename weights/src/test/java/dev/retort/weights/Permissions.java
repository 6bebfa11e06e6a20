package dev.retort.weights;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Takes permissions away; where that has no effect, for the superuser and on Windows, the calling test is skipped. */
public final class Permissions {

    private Permissions() {}

    public static void forbidReading(Path file) throws IOException {
        set(file, "-wx------");
        assumeFalse(Files.isReadable(file), "skipped: this user may read every file");
    }

    public static void forbidWriting(Path folder) throws IOException {
        set(folder, "r-x------");
        assumeFalse(Files.isWritable(folder), "skipped: this user may write everywhere");
    }

    private static void set(Path path, String permissions) throws IOException {
        assumeTrue(
                path.getFileSystem().supportedFileAttributeViews().contains("posix"),
                "skipped: this file system has no POSIX permissions");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
}
