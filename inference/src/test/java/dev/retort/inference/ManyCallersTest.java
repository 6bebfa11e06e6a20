package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callers who share an object, each with calls of one text and of many, while others are interrupted. */
@Timeout(120)
class ManyCallersTest {

    private static final int CALLERS = 8;
    private static final int CALLS = 60;
    private static final String[] WORDS =
            "a the cat dog sits sleeps runs on under mat tree night day red blue".split(" ");

    private final ExecutorService callers = Executors.newCachedThreadPool();

    @AfterEach
    void endCallers() {
        callers.shutdownNow();
    }

    private static List<String> texts(int count) {
        Random random = new Random(5);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(random.ints(random.nextInt(11), 0, WORDS.length)
                    .mapToObj(word -> WORDS[word])
                    .collect(Collectors.joining(" ")));
        }
        return texts;
    }

    private static Map<String, float[]> expected(Path model, List<String> texts) throws Exception {
        Map<String, float[]> expected = new HashMap<>();
        try (SentenceTransformer single =
                SentenceTransformer.load(model, LoadSettings.defaults().withThreads(1))) {
            for (String text : texts) {
                expected.put(text, single.encode(text).vector());
            }
        }
        return expected;
    }

    @Test
    void encode_singleTextsAndListsAtOnce_givesEachTheBitsOfASingleCaller(@TempDir Path folder) throws Exception {
        Path written = SmallModel.write(folder.resolve("model"));
        List<String> texts = texts(300);
        Map<String, float[]> expected = expected(written, texts);
        AtomicInteger cancelled = new AtomicInteger();
        try (SentenceTransformer model =
                SentenceTransformer.load(written, LoadSettings.defaults().withThreads(3))) {
            List<Future<?>> calls = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(caller);
                calls.add(callers.submit(() -> {
                    for (int call = 0; call < CALLS; call++) {
                        int count = random.nextInt(3) == 0 ? 1 + random.nextInt(200) : 1;
                        int from = random.nextInt(texts.size() - count);
                        if (random.nextInt(10) == 0) {
                            Thread.currentThread().interrupt();
                        }
                        try {
                            check(model, texts.subList(from, from + count), expected);
                        } catch (CancellationException interrupted) {
                            cancelled.incrementAndGet();
                        }
                        Thread.interrupted();
                    }
                    return null;
                }));
            }
            for (Future<?> call : calls) {
                call.get(100, TimeUnit.SECONDS);
            }
        }
        assertThat(cancelled).hasPositiveValue();
    }

    private static void check(SentenceTransformer model, List<String> texts, Map<String, float[]> expected) {
        List<Embedding> results = texts.size() == 1 ? List.of(model.encode(texts.get(0))) : model.encode(texts);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(results.get(i).vector()).as(texts.get(i)).isEqualTo(expected.get(texts.get(i)));
        }
    }

    @Test
    void close_whileCallersWork_endsEachCallWithResultsOrARefusal(@TempDir Path folder) throws Exception {
        Path written = SmallModel.write(folder.resolve("model"));
        List<String> texts = texts(100);
        for (int round = 0; round < 5; round++) {
            SentenceTransformer model =
                    SentenceTransformer.load(written, LoadSettings.defaults().withThreads(3));
            model.encode("a cat");
            List<Future<Integer>> calls = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                boolean single = caller % 2 == 0;
                calls.add(callers.submit(() -> {
                    int results = 0;
                    try {
                        while (true) {
                            results += single
                                    ? model.encode(texts.get(7)).tokenCount()
                                    : model.encode(texts).size();
                        }
                    } catch (IllegalStateException closed) {
                        assertThat(closed).hasMessage("sentence transformer: already closed");
                    }
                    return results;
                }));
            }
            Thread.sleep(20);

            model.close();

            for (Future<Integer> call : calls) {
                assertThat(call.get(60, TimeUnit.SECONDS)).isNotNegative();
            }
        }
    }

    /** The system gives a thread that native code starts the name of the one that starts it, so it is counted with it. */
    @Test
    void encode_manyCallers_computesOnNoMoreThreadsThanAskedFor(@TempDir Path folder) throws Exception {
        Path tasks = Path.of("/proc/self/task");
        assumeThat(tasks).as("the system's list of this process's threads").isDirectory();
        int threads = 2;
        List<String> texts = texts(400);
        long workersBefore = named(tasks, "retort-worker");
        try (SentenceTransformer model = SentenceTransformer.load(
                SmallModel.write(folder.resolve("model")),
                LoadSettings.defaults().withThreads(threads))) {
            model.encode(texts); // starts the workers, who have their starter's name for a moment
            List<Thread> load = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Thread thread = new Thread(
                        () -> {
                            for (int i = 0; i < 20; i++) {
                                model.encode(texts);
                                model.encode(texts.get(i));
                            }
                        },
                        "load-caller");
                load.add(thread);
                thread.start();
            }
            while (load.stream().anyMatch(Thread::isAlive)) {
                assertThat(named(tasks, "retort-worker") - workersBefore).isLessThanOrEqualTo(threads);
                assertThat(named(tasks, "load-caller")).isLessThanOrEqualTo(CALLERS);
                Thread.sleep(1);
            }
        }
    }

    private static long named(Path tasks, String prefix) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
            for (Path task : all) {
                try {
                    count += Files.readString(task.resolve("comm")).startsWith(prefix) ? 1 : 0;
                } catch (IOException ended) { // a thread that is gone computes nothing
                    continue;
                }
            }
        }
        return count;
    }
}
