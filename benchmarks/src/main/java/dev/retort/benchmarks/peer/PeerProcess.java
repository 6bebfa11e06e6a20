package dev.retort.benchmarks.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** An engine in a process of its own. {@link PeerServer} says what goes back and forth. */
public final class PeerProcess implements AutoCloseable {

    /**
     * Taken from the children's environment: they bind a numeric library to kernels or threads that nobody would choose for this machine,
     * and a figure taken under them describes the setting.
     */
    private static final List<String> UNSET =
            List.of("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS");

    private static final int LOG_LINES = 5;

    private final Process process;
    private final BufferedReader replies;
    private final BufferedWriter requests;
    private final Path log;
    private final long startNanos;
    private final String description;

    private PeerProcess(Process process, Path log, long startedAt) throws IOException {
        this.process = process;
        this.log = log;
        this.replies = process.inputReader(StandardCharsets.UTF_8);
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        String[] ready = reply("ready").split(" ", 2);
        this.startNanos = System.nanoTime() - startedAt;
        this.description = ready[1];
    }

    /**
     * Starts a process and waits for its first embedding.
     *
     * @throws IOException if it cannot be started or fails, with its own words
     */
    public static PeerProcess start(List<String> command) throws IOException {
        Path log = Files.createTempFile("retort-peer", ".log");
        ProcessBuilder builder = builder(command).redirectError(log.toFile());
        long startedAt = System.nanoTime();
        Process process = builder.start();
        try {
            return new PeerProcess(process, log, startedAt);
        } catch (IOException failure) {
            process.destroyForcibly();
            Files.deleteIfExists(log);
            throw failure;
        }
    }

    /** A child process without the environment variables that would bind its numeric libraries. */
    public static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        UNSET.forEach(builder.environment()::remove);
        return builder;
    }

    /** From before the process was created to the first embedding. */
    public long startNanos() {
        return startNanos;
    }

    /** What the engine calls itself. */
    public String description() {
        return description;
    }

    /** The texts of the calls that follow. */
    public void texts(List<String> texts) throws IOException {
        requests.write("texts " + texts.size() + "\n");
        for (String text : texts) {
            requests.write(PeerServer.escape(text) + "\n");
        }
        requests.flush();
        reply("ok");
    }

    /** See {@link PeerEngine#batchSize}. */
    public void batchSize(int texts) throws IOException {
        ask("batch " + texts);
        reply("ok");
    }

    /** From now on exactly so many texts: those last given over and over. */
    public void repeat(int texts) throws IOException {
        ask("repeat " + texts);
        reply("ok");
    }

    /** From now on a pass is calls of so many texts; 0 for one call with all. */
    public void textsPerCall(int texts) throws IOException {
        ask("calls " + texts);
        reply("ok");
    }

    /** From now on so many threads make a pass's calls. */
    public void callers(int threads) throws IOException {
        ask("callers " + threads);
        reply("ok");
    }

    /** How many vectors differ in a bit when every caller embeds all texts at the same time, from those of a single call. */
    public int differing() throws IOException {
        ask("differing");
        return Integer.parseInt(reply("differing"));
    }

    /** Bytes that one pass allocates on the heap of the engine's Java process. */
    public long heapBytes() throws IOException {
        ask("heap");
        return Long.parseLong(reply("heap"));
    }

    /** See {@link PeerEngine#tokenCount}. */
    public long tokenCount() throws IOException {
        ask("tokens");
        return Long.parseLong(reply("tokens"));
    }

    /** Nanoseconds of each of some passes over all texts. */
    public long[] encode(int passes) throws IOException {
        ask("encode " + passes);
        return Arrays.stream(reply("nanos").split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    /** A vector a text. */
    public float[][] vectors() throws IOException {
        ask("vectors");
        float[][] vectors = new float[Integer.parseInt(reply("vectors"))][];
        for (int i = 0; i < vectors.length; i++) {
            String[] components = nextLine().split(" ");
            vectors[i] = new float[components.length];
            for (int k = 0; k < components.length; k++) {
                vectors[i][k] = Float.parseFloat(components[k]);
            }
        }
        return vectors;
    }

    /** The process's peak resident memory so far in MiB, or -1 where the system does not say (outside Linux). */
    public long peakResidentMiB() throws IOException {
        return mebibytes("VmHWM:");
    }

    /** The process's resident memory in MiB, or -1 where the system does not say (outside Linux). */
    public long residentMiB() throws IOException {
        return mebibytes("VmRSS:");
    }

    private long mebibytes(String field) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) / 1024)
                .findFirst()
                .orElse(-1);
    }

    /**
     * Any other request.
     *
     * @param lines the request, and lines that belong to it
     * @param word with which the answer must begin
     * @return what follows it
     */
    public String ask(List<String> lines, String word) throws IOException {
        for (String line : lines) {
            requests.write(line + "\n");
        }
        requests.flush();
        return reply(word);
    }

    private void ask(String request) throws IOException {
        requests.write(request + "\n");
        requests.flush();
    }

    /** What follows the word, or the empty string. */
    private String reply(String word) throws IOException {
        String line = nextLine();
        if (!line.equals(word) && !line.startsWith(word + " ")) {
            String reason = line.startsWith("failed ") ? line.substring("failed ".length()) : "unexpected: " + line;
            throw new IOException("peer: " + reason);
        }
        return line.substring(Math.min(word.length() + 1, line.length()));
    }

    private String nextLine() throws IOException {
        String line = replies.readLine();
        if (line == null) {
            throw new IOException("peer: ended without an answer: " + lastWords());
        }
        return line;
    }

    private String lastWords() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(log, StandardCharsets.ISO_8859_1));
        return lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()).stream()
                .map(String::strip)
                .collect(Collectors.joining(" / "));
    }

    /** Asks it to end, then ends it. */
    @Override
    public void close() throws IOException {
        try {
            ask("quit");
        } catch (IOException gone) {
            process.destroyForcibly(); // it has ended already, or no longer reads
        }
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interruption) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(log);
    }
}
