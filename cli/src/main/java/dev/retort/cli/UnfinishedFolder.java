package dev.retort.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a signal which ends the process while a model folder is written leaves nothing of it behind. The library that writes
 * it cleans up after a failure, but it sets up nothing for the end of a process, which is not its own.
 */
final class UnfinishedFolder implements AutoCloseable {

    private final @Nullable Path parent;
    private final String prefix;
    private final Set<Path> before;
    private final Thread remover = new Thread(this::remove, "retort-remove-unfinished");

    /** @param target the folder that is going to be written, as {@code .NAME.tmp-*} at first */
    UnfinishedFolder(Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        this.parent = absolute.getParent();
        this.prefix = "." + absolute.getFileName() + ".tmp-";
        this.before = new HashSet<>(beside());
        Runtime.getRuntime().addShutdownHook(remover);
    }

    private List<Path> beside() throws IOException {
        if (parent == null || !Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> siblings = Files.list(parent)) {
            return siblings.filter(path -> String.valueOf(path.getFileName()).startsWith(prefix))
                    .toList();
        }
    }

    void remove() {
        try {
            for (Path unfinished : beside()) {
                if (!before.contains(unfinished)) {
                    delete(unfinished);
                }
            }
        } catch (IOException e) {
            System.err.println("retort: " + prefix + "*: cannot be removed: " + e.getMessage());
        }
    }

    /** Deletes a folder with all that is in it, or a file. */
    static void delete(Path folder) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(folder)) {
            deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(remover);
        } catch (IllegalStateException shuttingDown) {
            return; // the process ends; the hook does its work
        }
    }
}
