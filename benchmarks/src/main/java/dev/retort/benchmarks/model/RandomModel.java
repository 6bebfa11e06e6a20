package dev.retort.benchmarks.model;

import dev.retort.autograd.fusion.Activation;
import dev.retort.core.RandomStream;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorSet;
import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A sentence model of any size with random weights and the default model's tokenizer: for speed, not for meaning. */
public final class RandomModel {

    private static final double UNIFORM_TO_UNIT_DEVIATION = Math.sqrt(12);

    private RandomModel() {}

    /** The sizes of distilbert-base-uncased. */
    public static DistilBertConfig base() {
        return DistilBertConfig.base();
    }

    /** One narrow layer with the same vocabulary, for trying a benchmark out. */
    public static DistilBertConfig small() {
        return new DistilBertConfig(30522, 512, 1, 2, 32, 64, Activation.GELU, 0.1, 0.1, false, 0, 0.02);
    }

    /** Opens a random model: mean pooling, not normalised, texts as long as it has positions. */
    public static SentenceCheckpoint open(DistilBertConfig sizes) throws IOException {
        return open(sizes, List.of());
    }

    private static SentenceCheckpoint open(DistilBertConfig sizes, List<ModuleSettings> modules) throws IOException {
        EncoderConfig config = EncoderConfig.distilBert(sizes);
        try (SentenceCheckpoint bundled = BundledModel.open()) {
            return SentenceCheckpoint.of(
                    RandomTensors.of(config),
                    config,
                    SentenceSettings.mean(sizes.positionCount()).withModules(modules),
                    bundled.tokenizer());
        }
    }

    /** Writes it as a folder unless the folder exists, and returns the folder. */
    public static Path write(DistilBertConfig sizes, Path folder) throws IOException {
        return write(sizes, List.of(), folder);
    }

    /** The same with vectors of unit length. */
    public static Path writeNormalized(DistilBertConfig sizes, Path folder) throws IOException {
        return write(sizes, List.of(new ModuleSettings.OfNormalize()), folder);
    }

    private static Path write(DistilBertConfig sizes, List<ModuleSettings> modules, Path folder) throws IOException {
        if (!Files.exists(folder)) {
            try (SentenceCheckpoint checkpoint = open(sizes, modules)) {
                checkpoint.write(folder, ExistingFolder.REFUSE);
            }
        }
        return folder;
    }

    /** Numbers computed when they are read: norms start as the identity, everything else is uniform around zero. */
    private static final class RandomTensors implements TensorSet {

        private final List<Tensor> tensors = new ArrayList<>();
        private final Map<String, Integer> sites = new HashMap<>();
        private final double deviation;

        private RandomTensors(double deviation) {
            this.deviation = deviation;
        }

        static RandomTensors of(EncoderConfig config) throws MalformedCheckpointException {
            RandomTensors random = new RandomTensors(config.sizes().initializerRange());
            List<ParameterTensor> parameters = EncoderTensors.of(random, config).parameters("");
            for (ParameterTensor parameter : parameters) {
                boolean scale = parameter.parameter().endsWith("gamma");
                random.sites.put(parameter.tensor(), scale ? 0 : random.tensors.size() + 1);
                long elements = parameter.shape().stream().reduce(1L, (a, b) -> a * b);
                random.tensors.add(
                        new Tensor(parameter.tensor(), parameter.shape(), "F32", true, elements * Float.BYTES));
            }
            return random;
        }

        @Override
        public String origin() {
            return "random weights";
        }

        @Override
        public List<Tensor> tensors() {
            return List.copyOf(tensors);
        }

        @Override
        public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
            int site = sites.getOrDefault(tensor.name(), 0);
            RandomStream stream = new RandomStream(0, 0, site);
            for (int i = 0; i < count; i++) {
                target[offset + i] = site == 0
                        ? 1
                        : (float) ((stream.uniform(firstElement + i) - 0.5) * UNIFORM_TO_UNIT_DEVIATION * deviation);
            }
        }
    }
}
