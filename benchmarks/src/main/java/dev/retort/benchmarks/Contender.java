package dev.retort.benchmarks;

import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An engine in one arithmetic on one model.
 *
 * @param name for tables
 * @param command starts it
 * @param missing why it cannot be started, with the remedy, or null if it can
 * @param batches whether its caller chooses how many texts it computes at once
 */
record Contender(
        String name, List<String> command, @Nullable String missing, boolean batches) {

    static Contender missing(String name, String reason) {
        return new Contender(name, List.of(), reason, false);
    }

    PeerProcess start() throws IOException {
        return PeerProcess.start(command);
    }
}
