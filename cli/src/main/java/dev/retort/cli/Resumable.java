package dev.retort.cli;

import java.io.IOException;
import java.io.PrintStream;

/** Says, when a signal ends the process, how the run goes on. */
final class Resumable implements AutoCloseable {

    private final Thread notice;

    Resumable(RunFolder run, PrintStream err) {
        this.notice = new Thread(() -> say(run, err), "retort-resumable");
        Runtime.getRuntime().addShutdownHook(notice);
    }

    private static void say(RunFolder run, PrintStream err) {
        String from = "";
        try {
            from = run.hasCheckpoint() ? "from the last checkpoint " : "from the first step, there is no checkpoint, ";
        } catch (IOException e) {
            from = ""; // the end of the process is no time to say more
        }
        err.println();
        err.println("retort: interrupted: go on " + from + "with: retort train --resume " + run.path());
        err.flush();
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
