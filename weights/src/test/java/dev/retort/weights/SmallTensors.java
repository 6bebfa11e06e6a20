package dev.retort.weights;

import dev.retort.autograd.fusion.Activation;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderTensors;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** A DistilBERT of a few numbers, and tensors in memory that a test can rename, drop and spoil. */
public final class SmallTensors implements TensorSet {

    /** V = 17, P = 10, 2 layers, A = 5, H = 35, F = 11. */
    public static final DistilBertConfig CONFIG =
            new DistilBertConfig(17, 10, 2, 5, 35, 11, Activation.GELU, 0.1, 0.1, false, 0, 0.02);

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, float[]> elements = new LinkedHashMap<>();

    /** The tensors of {@link #CONFIG} as a DistilBertModel has them, random. */
    public static SmallTensors distilBert() {
        return distilBert(CONFIG);
    }

    /** The small model with BERT's names and two token types. */
    public static SmallTensors bert() {
        return bert(CONFIG);
    }

    public static SmallTensors bert(DistilBertConfig config) {
        float[] types = new float[2 * config.hiddenSize()];
        for (int i = 0; i < types.length; i++) {
            types[i] = 0.1f * i;
        }
        return distilBert(config)
                .renameAll(name -> "bert."
                        + name.replace("transformer.layer", "encoder.layer")
                                .replace("attention.q_lin", "attention.self.query")
                                .replace("attention.k_lin", "attention.self.key")
                                .replace("attention.v_lin", "attention.self.value")
                                .replace("attention.out_lin", "attention.output.dense")
                                .replace("sa_layer_norm", "attention.output.LayerNorm")
                                .replace("ffn.lin1", "intermediate.dense")
                                .replace("ffn.lin2", "output.dense")
                                .replace("output_layer_norm", "output.LayerNorm"))
                .put("bert.embeddings.token_type_embeddings.weight", types, List.of(2L, (long) config.hiddenSize()));
    }

    public static SmallTensors distilBert(DistilBertConfig config) {
        SmallTensors tensors = new SmallTensors();
        Random random = new Random(7);
        for (ParameterTensor parameter : parameters(config)) {
            float[] values = new float[(int) elementCount(parameter.shape())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() * 0.3f;
            }
            tensors.put(parameter.tensor(), values, parameter.shape());
        }
        return tensors;
    }

    private static List<ParameterTensor> parameters(DistilBertConfig config) {
        try {
            return EncoderTensors.of(new SmallTensors(), EncoderConfig.distilBert(config))
                    .parameters("");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long elementCount(List<Long> shape) {
        return shape.stream().reduce(1L, (a, b) -> a * b);
    }

    public SmallTensors put(String name, float[] values, List<Long> shape) {
        return put(name, values, "F32", shape);
    }

    public SmallTensors put(String name, float[] values, String type, List<Long> shape) {
        tensors.put(name, new Tensor(name, shape, type, type.equals("F32"), 4L * values.length));
        elements.put(name, values);
        return this;
    }

    public SmallTensors put(String name, float... values) {
        return put(name, values, List.of((long) values.length));
    }

    public SmallTensors remove(String name) {
        if (tensors.remove(name) == null) {
            throw new AssertionError("no tensor " + name);
        }
        elements.remove(name);
        return this;
    }

    public SmallTensors rename(String name, String newName) {
        Tensor tensor = tensors.get(name);
        float[] values = elements(name);
        remove(name);
        return put(newName, values, tensor.type(), tensor.shape());
    }

    /** All names, each changed. */
    public SmallTensors renameAll(UnaryOperator<String> change) {
        for (String name : List.copyOf(tensors.keySet())) {
            rename(name, change.apply(name));
        }
        return this;
    }

    /** The elements themselves, to be changed. */
    public float[] elements(String name) {
        float[] values = elements.get(name);
        if (values == null) {
            throw new AssertionError("no tensor " + name + " among " + tensors.keySet());
        }
        return values;
    }

    /** Writes them as a safetensors file. */
    public void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Tensor tensor : tensors.values()) {
            long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
            if (tensor.type().equals("F32")) {
                writer.floats(tensor.name(), elements.get(tensor.name()), shape);
            } else {
                byte[] zeros = new byte
                        [(int) tensor.elementCount()
                                * DType.valueOf(tensor.type()).bits()
                                / 8];
                writer.tensor(
                        tensor.name(),
                        DType.valueOf(tensor.type()),
                        shape,
                        channel -> channel.write(ByteBuffer.wrap(zeros)));
            }
        }
        writer.write(file);
    }

    @Override
    public String origin() {
        return "small.safetensors";
    }

    @Override
    public List<Tensor> tensors() {
        return new ArrayList<>(tensors.values());
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        System.arraycopy(elements(tensor.name()), (int) firstElement, target, offset, count);
    }
}
