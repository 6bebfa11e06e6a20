package dev.retort.benchmarks;

import dev.retort.benchmarks.peer.PeerProcess;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The engines that run: each is started when it is first asked for and then waits for its turns, which costs the others nothing. */
final class Engines implements AutoCloseable {

    private final Map<List<String>, PeerProcess> running = new LinkedHashMap<>();
    private final Map<String, String> descriptions = new LinkedHashMap<>();

    /**
     * An engine, warm or not.
     *
     * @throws IOException if it is missing or does not start, with the reason
     */
    PeerProcess of(Contender contender) throws IOException {
        PeerProcess process = running.get(contender.command());
        if (process == null) {
            process = fresh(contender);
            running.put(contender.command(), process);
        }
        return process;
    }

    /** A process of the caller's own, which it closes. */
    PeerProcess fresh(Contender contender) throws IOException {
        if (contender.missing() != null) {
            throw new IOException(contender.name() + ": " + contender.missing());
        }
        PeerProcess process = contender.start();
        descriptions.put(contender.name(), process.description());
        return process;
    }

    /** What each that ever ran calls itself, by its name. */
    Map<String, String> descriptions() {
        return descriptions;
    }

    /** Ends one, so that its memory is free. */
    void end(Contender contender) throws IOException {
        PeerProcess process = running.remove(contender.command());
        if (process != null) {
            process.close();
        }
    }

    /** Ends all. */
    @Override
    public void close() throws IOException {
        for (PeerProcess process : running.values()) {
            process.close();
        }
        running.clear();
    }
}
