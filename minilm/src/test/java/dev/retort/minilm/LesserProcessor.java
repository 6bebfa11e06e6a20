package dev.retort.minilm;

import dev.retort.core.Precision;
import dev.retort.inference.LoadSettings;
import dev.retort.inference.ModelRuntime;
import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
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
        quantizedFolder(Path.of(arguments[0]));
    }

    private static ModelRuntime runtime(LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            return model.runtime();
        }
    }

    private static void quantizedFolder(Path folder) throws IOException {
        try (SentenceCheckpoint checkpoint = BundledModel.open()) {
            checkpoint.write(folder, ExistingFolder.REFUSE, Precision.INT8, more -> {});
        }
        try {
            vector(folder, LoadSettings.defaults());
        } catch (IllegalArgumentException refusal) {
            System.out.println("folder refused: " + refusal.getMessage());
        }
        LoadSettings float32 = LoadSettings.defaults().withPrecision(Precision.F32);
        System.out.println("folder allowed to fall back: the bits of it in F32: "
                + Arrays.equals(
                        vector(folder, LoadSettings.defaults().withPrecisionFallback()), vector(folder, float32)));
    }

    private static float[] vector(Path folder, LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.load(folder, settings)) {
            return model.encode("A cat sits on the mat").vector();
        }
    }

    private static float[] vector(LoadSettings settings) throws IOException {
        try (SentenceTransformer model = SentenceTransformer.loadDefault(settings)) {
            return model.encode("A cat sits on the mat").vector();
        }
    }
}
