package dev.retort.weights.bundled;

import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Model folders in a cache, each written once from what is on the class path.
 *
 * <p>A folder is written beside its place and renamed into it, so whoever looks sees all of it or nothing. Processes that start together
 * take turns by a lock on a file; where the file system knows no locks both write, and the later finds the earlier's folder.
 */
final class ModelCache {

    private static final Logger LOG = LoggerFactory.getLogger(ModelCache.class);

    private final Path root;
    private final int format;

    /** @param format see {@link CacheManifest} */
    ModelCache(Path root, int format) {
        this.root = root;
        this.format = format;
    }

    /** Where a model's folder is, or will be. */
    Path folderOf(ModelSource source) {
        return root.resolve(source.name() + "-" + format);
    }

    /**
     * The model's folder, written if it is not there, not whole, of another format or made of something else.
     *
     * @throws IOException if it is not there and cannot be written, or if the source cannot be read
     */
    Path prepare(ModelSource source) throws IOException {
        Path folder = folderOf(source);
        String identity = source.identity();
        if (isGood(folder, identity)) {
            return folder;
        }
        synchronized (ModelCache.class) { // a file lock is the process's: threads take turns here
            Files.createDirectories(root);
            try (Turn turn = Turn.take(root.resolve("." + folder.getFileName() + ".lock"))) {
                if (!isGood(folder, identity)) {
                    build(source, folder, identity, turn.isAlone());
                }
            }
        }
        return folder;
    }

    private boolean isGood(Path folder, String identity) throws ClosedByInterruptException {
        if (!Files.exists(folder)) {
            return false;
        }
        Optional<String> problem = CacheManifest.problemOf(folder, format, identity);
        problem.ifPresent(what -> LOG.info("{}: is written again: {}", folder, what));
        return problem.isEmpty();
    }

    private void build(ModelSource source, Path folder, String identity, boolean alone) throws IOException {
        String name = "." + folder.getFileName() + ".building";
        // Whoever is alone may sweep up after a process that ended in the middle.
        Path building = root.resolve(alone ? name : name + "-" + UUID.randomUUID());
        try {
            delete(building);
            Files.createDirectory(building);
            Path model = building.resolve("model");
            try (SentenceCheckpoint checkpoint = source.read()) {
                checkpoint.write(model, ExistingFolder.REFUSE);
            }
            CacheManifest.of(model, format, identity).write(model);
            putInPlace(model, folder, building.resolve("old"), identity);
        } finally {
            try {
                delete(building);
            } catch (IOException e) {
                LOG.debug("{}: left behind", building, e);
            }
        }
        LOG.info("{}: written", folder);
    }

    private void putInPlace(Path model, Path folder, Path aside, String identity) throws IOException {
        if (Files.exists(folder)) {
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(model, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!isGood(folder, identity)) { // another process may have been faster
                throw e;
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A lock on a file while this is open, if the file system has locks. */
    private record Turn(FileChannel channel, @Nullable FileLock lock) implements AutoCloseable {

        static Turn take(Path file) throws IOException {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                return new Turn(channel, channel.lock());
            } catch (FileLockInterruptionException e) {
                channel.close();
                ClosedByInterruptException interrupted = new ClosedByInterruptException();
                interrupted.initCause(e);
                throw interrupted;
            } catch (IOException e) {
                LOG.debug("{}: cannot be locked", file, e);
                return new Turn(channel, null);
            }
        }

        boolean isAlone() {
            return lock != null;
        }

        /** Ends the lock with the channel; the file stays, for deleting it would let a third process in beside a second. */
        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
