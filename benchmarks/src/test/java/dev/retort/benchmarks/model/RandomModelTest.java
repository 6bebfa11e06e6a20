package dev.retort.benchmarks.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.inference.SentenceTransformer;
import dev.retort.weights.TensorSet;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomModelTest {

    @TempDir
    private Path folder;

    @Test
    void write_smallSizes_loadsAndEmbedsAsTheDefinitions() throws IOException {
        Path model = RandomModel.write(RandomModel.small(), folder.resolve("small"));
        try (SentenceTransformer transformer = SentenceTransformer.load(model);
                SentenceCheckpoint checkpoint = RandomModel.open(RandomModel.small());
                ReferenceModel reference = ReferenceModel.load(checkpoint)) {
            reference.require("a text", transformer.encode("a text"));
        }
    }

    @Test
    void open_weights_haveTheConfiguredDeviation() throws IOException {
        try (SentenceCheckpoint checkpoint = RandomModel.open(RandomModel.small())) {
            TensorSet tensors = checkpoint.encoderTensors();
            TensorSet.Tensor words = tensors.tensors().stream()
                    .filter(tensor -> tensor.shape().contains(30522L))
                    .findFirst()
                    .orElseThrow();
            float[] elements = new float[10_000];
            tensors.readFloats(words, 0, elements, 0, elements.length);
            double squares = 0;
            for (float element : elements) {
                squares += element * element;
            }
            assertThat(Math.sqrt(squares / elements.length)).isCloseTo(0.02, within(0.001));
        }
    }
}
