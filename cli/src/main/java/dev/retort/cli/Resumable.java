package dev.retort.cli;

import java.io.PrintStream;
import java.nio.file.Path;

/** Says, when a signal ends the process, how the run goes on. */
final class Resumable implements AutoCloseable {

    private final Thread notice;

    Resumable(Path run, PrintStream err) {
        this.notice = new Thread(
                () -> {
                    err.println();
                    err.println(
                            "retort: interrupted: go on from the last checkpoint with: retort train --resume " + run);
                    err.flush();
                },
                "retort-resumable");
        Runtime.getRuntime().addShutdownHook(notice);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(notice);
        } catch (IllegalStateException shuttingDown) {
            return; // it has been said
        }
    }
}
