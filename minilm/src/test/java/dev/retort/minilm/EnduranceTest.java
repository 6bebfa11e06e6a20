package dev.retort.minilm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.core.Precision;
import dev.retort.inference.Embedding;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What takes minutes: run by {@code mvn -Pendurance -pl minilm -am test}. */
@Tag("endurance")
class EnduranceTest {

    private static final int TEXTS = 100_000;
    private static final int THREADS = 50;
    private static final int TEXTS_A_THREAD = 2_000;
    private static final int TEXTS_A_LIST = 250;

    /** What the JVM itself takes in a minute, compiled code above all; a leak of 1 kB a text would be 97 MiB. */
    private static final long MOST_GROWTH_KILOBYTES = 40 << 10;

    @ParameterizedTest
    @EnumSource(Precision.class)
    void encode_hundredThousandTexts_residentMemoryIsFlatAfterTheFirstThousand(Precision precision)
            throws IOException, InterruptedException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/status")), "resident memory is read from /proc");
        requireKernels(precision);
        ProcessBuilder process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx256m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                ManyTexts.class.getName(),
                precision.name(),
                Integer.toString(TEXTS));
        process.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process running = process.start();
        List<String> printed = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();

        assertThat(running.waitFor()).isZero();
        long[] resident = printed.stream()
                .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                .toArray();
        assertThat(resident).hasSize(TEXTS / 1000);
        System.out.printf(
                "%s: %d MiB after 1,000 texts, at most %d MiB, %d MiB after %,d%n",
                precision,
                resident[0] >> 10,
                Arrays.stream(resident).max().orElseThrow() >> 10,
                resident[resident.length - 1] >> 10,
                TEXTS);
        assertThat(Arrays.stream(resident).max().orElseThrow() - resident[0])
                .as("growth in kB: %s", printed)
                .isLessThan(MOST_GROWTH_KILOBYTES);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void encode_fiftyThreadsAtOnce_hasTheBitsOfASingleCaller(Precision precision) throws Exception {
        requireKernels(precision);
        List<String> texts = MadeSentences.of(TEXTS_A_THREAD);
        ExecutorService callers = Executors.newFixedThreadPool(THREADS);
        try (SentenceTransformer model =
                SentenceTransformer.loadDefault(LoadSettings.defaults().withPrecision(precision))) {
            float[][] alone = vectors(model.encode(texts));
            List<Callable<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                boolean singly = i % 2 == 0;
                calls.add(() -> differences(model, texts, alone, singly) + differences(model, texts, alone, !singly));
            }
            for (Future<Integer> differences : callers.invokeAll(calls)) {
                assertThat(differences.get()).as("vectors of other bits").isZero();
            }
        } finally {
            callers.shutdownNow();
        }
    }

    private static int differences(SentenceTransformer model, List<String> texts, float[][] alone, boolean singly) {
        int size = singly ? 1 : TEXTS_A_LIST;
        int differences = 0;
        for (int from = 0; from < texts.size(); from += size) {
            float[][] vectors = singly
                    ? new float[][] {model.encode(texts.get(from)).vector()}
                    : vectors(model.encode(texts.subList(from, from + size)));
            for (int i = 0; i < size; i++) {
                differences += Arrays.equals(vectors[i], alone[from + i]) ? 0 : 1;
            }
        }
        return differences;
    }

    private static float[][] vectors(List<Embedding> embeddings) {
        return embeddings.stream().map(Embedding::vector).toArray(float[][]::new);
    }

    private static void requireKernels(Precision precision) throws IOException {
        LoadSettings settings = LoadSettings.defaults().withPrecision(precision).withPrecisionFallback();
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            assumeTrue(
                    model.runtime().precision() == precision,
                    () -> String.valueOf(model.runtime().fallbackReason()));
        }
    }
}
