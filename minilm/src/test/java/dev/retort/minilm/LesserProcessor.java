package dev.retort.minilm;

import dev.retort.core.Precision;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.ModelRuntime;
import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.util.Arrays;

/** Loads precisions that the processor does not have; a process of its own, because the library looks at the processor once. */
final class LesserProcessor {

    private LesserProcessor() {}

    public static void main(String[] arguments) throws IOException {
        float[] float32 = vector(LoadSettings.defaults());
        for (Precision precision : new Precision[] {Precision.BF16, Precision.INT8}) {
            LoadSettings settings = LoadSettings.defaults().withPrecision(precision);
            try {
                vector(settings);
            } catch (IllegalArgumentException refusal) {
                System.out.println("refused: " + refusal.getMessage());
            }
            System.out.println(precision + " allowed to fall back: the bits of F32: "
                    + Arrays.equals(vector(settings.withPrecisionFallback()), float32));
            System.out.println(runtime(settings.withPrecisionFallback()));
        }
    }

    private static ModelRuntime runtime(LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            return model.runtime();
        }
    }

    private static float[] vector(LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            return model.encode("A cat sits on the mat").vector();
        }
    }
}
