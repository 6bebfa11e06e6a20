package dev.retort.core;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The folder of reference outputs and real data that may lie beside the checkout. A test that needs it is skipped where it is absent. */
public final class SharedFolder {

    private SharedFolder() {}

    /**
     * @param relative a path inside the folder, with forward slashes
     * @return the path; the calling test is skipped, with the reason, if it does not exist
     */
    public static Path require(String relative) {
        Path path = Path.of(System.getProperty("retort.shared", "../../shared"), relative);
        assumeTrue(Files.exists(path), () -> "skipped: no " + relative + " in the shared folder beside the checkout");
        return path.normalize();
    }
}
