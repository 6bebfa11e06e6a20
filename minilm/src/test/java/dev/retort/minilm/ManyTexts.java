package dev.retort.minilm;

import dev.retort.core.Precision;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Embeds very many texts and prints what the process holds after each thousand: {@code TEXTS KILOBYTES}. A process of its own, whose heap is
 * fixed and touched, so that what grows is not the heap. Arguments: a precision, the number of texts.
 */
final class ManyTexts {

    private static final int TEXTS_A_CALL = 500;
    private static final int TEXTS_A_SAMPLE = 1000;

    private ManyTexts() {}

    public static void main(String[] arguments) throws IOException {
        LoadSettings settings = LoadSettings.defaults().withPrecision(Precision.valueOf(arguments[0]));
        int count = Integer.parseInt(arguments[1]);
        List<String> texts = MadeSentences.of(TEXTS_A_SAMPLE);
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            for (int done = 0; done < count; done += TEXTS_A_CALL) {
                int from = done % TEXTS_A_SAMPLE;
                int vectors =
                        model.encode(texts.subList(from, from + TEXTS_A_CALL)).size();
                if (vectors != TEXTS_A_CALL) {
                    throw new IllegalStateException("encode: " + TEXTS_A_CALL + " texts, " + vectors + " vectors");
                }
                if (from + TEXTS_A_CALL == TEXTS_A_SAMPLE) {
                    System.out.println((done + TEXTS_A_CALL) + " " + residentKilobytes());
                }
            }
        }
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
                .findFirst()
                .orElseThrow();
    }
}
