package dev.retort.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps other processes from training in a folder, until it is closed or the process ends, however that may be. */
final class RunLock implements AutoCloseable {

    /** The file that is locked. It stays, empty: to remove it would race with others. */
    static final String FILE = ".lock";

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the folder, which is made if there is none.
     *
     * @throws CommandFailedException if another run has it, or it cannot be made or written
     */
    static RunLock take(Path folder) throws IOException, CommandFailedException {
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isFree(channel)) {
                return new RunLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new CommandFailedException(
                    folder + ": no run can be written there: " + Failures.reason(e) + ": give another --out", e);
        }
        throw new CommandFailedException(
                folder + ": another process trains there: wait for its end, or give another --out");
    }

    private static boolean isFree(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) { // this very process has it
            return false;
        } catch (IOException e) { // a file system without locks
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
