package dev.retort.cli;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.sentence.Pooling;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.safetensors.SafetensorsWriter;
import dev.retort.weights.sentencetransformers.ExistingFolder;
import dev.retort.weights.sentencetransformers.ModuleSettings;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import dev.retort.weights.sentencetransformers.SentenceSettings;
import dev.retort.weights.sentencetransformers.Similarity;
import dev.retort.weights.sentencetransformers.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Model folders of a few kilobytes, with weights out of a generator: the same each time. */
final class TinyModel {

    static final int DIMENSIONS = 12;
    static final int MAX_LENGTH = 9;
    static final List<String> VOCABULARY = List.of(
            "[PAD] [UNK] [CLS] [SEP] [MASK] a cat dog sits runs on the mat road ##s . query : ein hund".split(" "));

    private static final int LAYERS = 2;
    private static final int HEADS = 3;
    private static final int INNER = 20;
    private static final int POSITIONS = 16;

    private TinyModel() {}

    /** A sentence-transformers folder: mean, unit vectors, a prompt named query, at most {@value #MAX_LENGTH} tokens. */
    static Path write(Path folder) throws IOException {
        Path vocabulary = vocabulary(folder.resolveSibling(folder.getFileName() + "-vocabulary"));
        DistilBertConfig sizes = new DistilBertConfig(
                VOCABULARY.size(),
                POSITIONS,
                LAYERS,
                HEADS,
                DIMENSIONS,
                INNER,
                Activation.GELU,
                0.1,
                0.1,
                false,
                0,
                0.02);
        SentenceSettings settings = new SentenceSettings(
                Pooling.mean(),
                true,
                List.of(new ModuleSettings.OfNormalize()),
                MAX_LENGTH,
                false,
                Map.of("query", "query : "),
                null,
                Similarity.COSINE,
                null);
        try (SentenceCheckpoint checkpoint = SentenceCheckpoint.of(
                new Generated(distilBertShapes()),
                EncoderConfig.distilBert(sizes),
                settings,
                new TokenizerFiles.InFolder(vocabulary))) {
            checkpoint.write(folder, ExistingFolder.REFUSE);
        }
        return folder;
    }

    /** A Hugging Face folder of a BERT with a pooler. */
    static Path writeBert(Path folder) throws IOException {
        vocabulary(folder);
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "bert", "vocab_size": %d, "hidden_size": %d, "num_hidden_layers": %d,
                 "num_attention_heads": %d, "intermediate_size": %d, "max_position_embeddings": %d,
                 "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0}
                """.formatted(
                        VOCABULARY.size(), DIMENSIONS, LAYERS, HEADS, INNER, POSITIONS));
        SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
        bertShapes().forEach((name, shape) -> writer.floats(name, values(name, shape), shape));
        writer.write(folder.resolve("model.safetensors"));
        return folder;
    }

    static Path vocabulary(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("vocab.txt"), VOCABULARY);
        return folder;
    }

    private static Map<String, long[]> distilBertShapes() {
        Map<String, long[]> shapes = embeddings();
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "transformer.layer." + layer + ".";
            for (String part : List.of("q_lin", "k_lin", "v_lin", "out_lin")) {
                linear(shapes, prefix + "attention." + part, DIMENSIONS, DIMENSIONS);
            }
            norm(shapes, prefix + "sa_layer_norm");
            linear(shapes, prefix + "ffn.lin1", INNER, DIMENSIONS);
            linear(shapes, prefix + "ffn.lin2", DIMENSIONS, INNER);
            norm(shapes, prefix + "output_layer_norm");
        }
        return shapes;
    }

    private static Map<String, long[]> bertShapes() {
        Map<String, long[]> shapes = embeddings();
        shapes.put("embeddings.token_type_embeddings.weight", new long[] {2, DIMENSIONS});
        for (int layer = 0; layer < LAYERS; layer++) {
            String prefix = "encoder.layer." + layer + ".";
            for (String part : List.of("self.query", "self.key", "self.value", "output.dense")) {
                linear(shapes, prefix + "attention." + part, DIMENSIONS, DIMENSIONS);
            }
            norm(shapes, prefix + "attention.output.LayerNorm");
            linear(shapes, prefix + "intermediate.dense", INNER, DIMENSIONS);
            linear(shapes, prefix + "output.dense", DIMENSIONS, INNER);
            norm(shapes, prefix + "output.LayerNorm");
        }
        linear(shapes, "pooler.dense", DIMENSIONS, DIMENSIONS);
        return shapes;
    }

    private static Map<String, long[]> embeddings() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.word_embeddings.weight", new long[] {VOCABULARY.size(), DIMENSIONS});
        shapes.put("embeddings.position_embeddings.weight", new long[] {POSITIONS, DIMENSIONS});
        norm(shapes, "embeddings.LayerNorm");
        return shapes;
    }

    private static void linear(Map<String, long[]> shapes, String name, int outputSize, int inputSize) {
        shapes.put(name + ".weight", new long[] {outputSize, inputSize});
        shapes.put(name + ".bias", new long[] {outputSize});
    }

    private static void norm(Map<String, long[]> shapes, String name) {
        shapes.put(name + ".weight", new long[] {DIMENSIONS});
        shapes.put(name + ".bias", new long[] {DIMENSIONS});
    }

    private static float[] values(String name, long... shape) {
        int count = 1;
        for (long extent : shape) {
            count *= (int) extent;
        }
        Random random = new Random(name.hashCode());
        boolean scale = shape.length == 1 && name.endsWith("weight");
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale ? 1 + 0.2 * random.nextGaussian() : 0.4 * random.nextGaussian());
        }
        return values;
    }

    private record Generated(Map<String, long[]> shapes) implements TensorSet {

        @Override
        public String origin() {
            return "tiny";
        }

        @Override
        public List<Tensor> tensors() {
            return shapes.entrySet().stream()
                    .map(entry -> {
                        List<Long> shape =
                                Arrays.stream(entry.getValue()).boxed().toList();
                        long count = shape.stream().reduce(1L, (a, b) -> a * b);
                        return new Tensor(entry.getKey(), shape, "F32", true, Float.BYTES * count);
                    })
                    .toList();
        }

        @Override
        public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
            float[] all = values(tensor.name(), shapes.get(tensor.name()));
            System.arraycopy(all, (int) firstElement, target, offset, count);
        }
    }
}
