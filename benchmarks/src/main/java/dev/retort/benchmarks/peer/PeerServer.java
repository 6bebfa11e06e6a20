package dev.retort.benchmarks.peer;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that answers lines with lines.
 *
 * <pre>
 *   (start)                          ready MILLISECONDS-SINCE-JVM-START DESCRIPTION
 *   texts N, and N lines of text     ok
 *   repeat N                         ok                     from now on exactly N texts, those given over and over
 *   calls N                          ok                     from now on a pass is calls of N texts; 0: one call with all
 *   callers N                        ok                     from now on N threads make these calls
 *   batch N                          ok
 *   tokens                           tokens N
 *   encode K                         nanos N₁ … N_K         K passes over all texts, each timed here
 *   differing                        differing N            vectors of all callers' own passes with other bits than one call's
 *   heap                             heap N                 bytes that all threads allocate on the heap during a pass
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
    private List<String> given = List.of();
    private int textsPerCall;
    private int callers = 1;

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
                    given = readTexts(Integer.parseInt(words[1]));
                    texts = given;
                    replies.println("ok");
                }
                case "repeat" -> {
                    texts = repeated(Integer.parseInt(words[1]));
                    replies.println("ok");
                }
                case "calls" -> {
                    textsPerCall = Integer.parseInt(words[1]);
                    replies.println("ok");
                }
                case "callers" -> {
                    callers = Integer.parseInt(words[1]);
                    replies.println("ok");
                }
                case "batch" -> {
                    engine.batchSize(Integer.parseInt(words[1]));
                    replies.println("ok");
                }
                case "tokens" -> replies.println("tokens " + engine.tokenCount(texts));
                case "encode" -> replies.println("nanos" + encode(Integer.parseInt(words[1])));
                case "differing" -> replies.println("differing " + differing());
                case "heap" -> replies.println("heap " + heapOfPass());
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

    private List<String> repeated(int count) {
        List<String> repeated = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            repeated.add(given.get(i % given.size()));
        }
        return repeated;
    }

    private String encode(int passes) throws Exception {
        List<List<String>> calls = calls();
        StringBuilder nanos = new StringBuilder();
        for (int i = 0; i < passes; i++) {
            long start = System.nanoTime();
            int vectors = pass(calls);
            nanos.append(' ').append(System.nanoTime() - start);
            if (vectors != texts.size()) {
                throw new IllegalStateException("encode: " + texts.size() + " texts, " + vectors + " vectors");
            }
        }
        return nanos.toString();
    }

    private List<List<String>> calls() {
        int size = textsPerCall == 0 ? Math.max(1, texts.size()) : textsPerCall;
        List<List<String>> calls = new ArrayList<>();
        for (int first = 0; first < texts.size(); first += size) {
            calls.add(texts.subList(first, Math.min(first + size, texts.size())));
        }
        return calls;
    }

    /** Makes all calls; the number of vectors. */
    private int pass(List<List<String>> calls) throws Exception {
        if (callers == 1) {
            int vectors = 0;
            for (List<String> call : calls) {
                vectors += engine.embed(call);
            }
            return vectors;
        }
        AtomicInteger next = new AtomicInteger();
        AtomicInteger vectors = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            Callable<Boolean> caller = () -> {
                for (int i = next.getAndIncrement(); i < calls.size(); i = next.getAndIncrement()) {
                    vectors.addAndGet(engine.embed(calls.get(i)));
                }
                return true;
            };
            for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(callers, caller))) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
        return vectors.get();
    }

    /** Every caller makes all calls, all at the same time; a single caller with one call for all texts says what is right. */
    private int differing() throws Exception {
        List<List<String>> calls = calls();
        float[][] expected = engine.encode(texts);
        AtomicInteger differing = new AtomicInteger();
        Callable<Boolean> caller = () -> {
            int place = 0;
            for (List<String> call : calls) {
                for (float[] vector : engine.encode(call)) {
                    if (!Arrays.equals(vector, expected[place++])) {
                        differing.incrementAndGet();
                    }
                }
            }
            return true;
        };
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            for (Future<Boolean> done : threads.invokeAll(Collections.nCopies(callers, caller))) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
        return differing.get();
    }

    /** Of threads that live before and after. */
    private long heapOfPass() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<List<String>> calls = calls();
        long before = allocated(threads);
        pass(calls);
        return allocated(threads) - before;
    }

    private static long allocated(ThreadMXBean threads) {
        long bytes = 0;
        for (long ofThread : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            bytes += Math.max(0, ofThread);
        }
        return bytes;
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
