package dev.retort.benchmarks.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * A process that answers lines with lines.
 *
 * <pre>
 *   (start)                          ready MILLISECONDS-SINCE-JVM-START DESCRIPTION
 *   texts N, and N lines of text     ok
 *   batch N                          ok
 *   tokens                           tokens N
 *   encode K                         nanos N₁ … N_K        K calls with all texts, each timed here
 *   vectors                          vectors N, and N lines of numbers
 *   quit                             (ends)
 * </pre>
 *
 * <p>The first line is written when the first text has been embedded. A failure answers {@code failed MESSAGE}. Whatever the engine prints
 * goes to the error stream. Backslash, line feed and carriage return in texts are escaped by a backslash.
 */
public final class PeerServer {

    /** What every engine embeds first. */
    public static final String FIRST_TEXT = "The ferry leaves at six, unless the fog rolls in again.";

    private final PeerEngine engine;
    private final BufferedReader requests;
    private final PrintStream replies;
    private List<String> texts = List.of();

    private PeerServer(PeerEngine engine, BufferedReader requests, PrintStream replies) {
        this.engine = engine;
        this.requests = requests;
        this.replies = replies;
    }

    /** Serves until the input ends, then ends the process: engines' threads need not be daemons. */
    public static void serve(Callable<PeerEngine> loader) {
        PrintStream replies = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        int status = 0;
        try (PeerEngine engine = loader.call()) {
            engine.encode(List.of(FIRST_TEXT));
            long age = System.currentTimeMillis()
                    - ManagementFactory.getRuntimeMXBean().getStartTime();
            replies.println("ready " + age + " " + engine.description());
            BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            new PeerServer(engine, requests, replies).answerAll();
        } catch (Throwable failure) { // a missing native library is an Error
            fail(replies, failure);
            status = 1;
        }
        System.exit(status);
    }

    private static void fail(PrintStream replies, Throwable failure) {
        failure.printStackTrace();
        replies.println("failed " + String.valueOf(failure).replaceAll("\\s+", " "));
    }

    private void answerAll() throws Exception {
        for (String line = requests.readLine(); line != null && !line.equals("quit"); line = requests.readLine()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "texts" -> {
                    texts = readTexts(Integer.parseInt(words[1]));
                    replies.println("ok");
                }
                case "batch" -> {
                    engine.batchSize(Integer.parseInt(words[1]));
                    replies.println("ok");
                }
                case "tokens" -> replies.println("tokens " + engine.tokenCount(texts));
                case "encode" -> replies.println("nanos" + encode(Integer.parseInt(words[1])));
                case "vectors" -> replyVectors();
                default -> throw new IllegalArgumentException("request: not known: " + line);
            }
        }
    }

    private List<String> readTexts(int count) throws IOException {
        List<String> read = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String line = requests.readLine();
            if (line == null) {
                throw new IOException("texts: the input ended after " + i + " of " + count);
            }
            read.add(unescape(line));
        }
        return read;
    }

    private String encode(int calls) throws Exception {
        StringBuilder nanos = new StringBuilder();
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            float[][] vectors = engine.encode(texts);
            nanos.append(' ').append(System.nanoTime() - start);
            if (vectors.length != texts.size()) {
                throw new IllegalStateException("encode: " + texts.size() + " texts, " + vectors.length + " vectors");
            }
        }
        return nanos.toString();
    }

    private void replyVectors() throws Exception {
        float[][] vectors = engine.encode(texts);
        replies.println("vectors " + vectors.length);
        for (float[] vector : vectors) {
            StringBuilder line = new StringBuilder();
            for (float component : vector) {
                line.append(component).append(' ');
            }
            replies.println(line.toString().stripTrailing());
        }
    }

    static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    static String unescape(String line) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                c = line.charAt(++i);
                c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
            }
            text.append(c);
        }
        return text.toString();
    }
}
