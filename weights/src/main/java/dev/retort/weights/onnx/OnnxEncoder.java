package dev.retort.weights.onnx;

import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.model.DistilBertConfig;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.onnx.EncoderGraph.Parameter;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights of a BERT or DistilBERT encoder in an ONNX file, under Hugging Face's names and in its layout, (out, in). The file is read
 * where it lies; a kernel that it has the other way round is transposed as it is read.
 */
public final class OnnxEncoder implements TensorSet {

    private final String origin;
    private final FileContent content;
    private final Map<String, Parameter> parameters;
    private final List<Tensor> tensors;
    private final EncoderConfig config;
    private final boolean givesSentenceVector;
    private final Optional<SentenceOutput> sentenceOutput;

    private OnnxEncoder(String origin, FileContent content) throws MalformedCheckpointException {
        this.origin = origin;
        this.content = content;
        EncoderGraph graph = new EncoderGraph(GraphReader.read(origin, content));
        this.parameters = new LinkedHashMap<>();
        for (Parameter parameter : graph.parameters()) {
            parameters.put(parameter.name(), parameter);
        }
        this.tensors = parameters.values().stream().map(OnnxEncoder::tensorOf).toList();
        this.config = configOf(origin, graph);
        this.givesSentenceVector = graph.givesSentenceVector();
        this.sentenceOutput = graph.sentenceOutput();
    }

    /**
     * Maps a file and reads its graph. The file must not be shortened in place while this is used.
     *
     * @throws MalformedCheckpointException if it is no ONNX file, or not one of an encoder that can be read: quantised, elements in
     *     another file, a graph that does not say how many heads there are or what ε is, an unknown activation; the message says which
     * @throws IOException if it cannot be read
     */
    public static OnnxEncoder open(Path file) throws IOException {
        return new OnnxEncoder(String.valueOf(file.getFileName()), FileContent.map(file));
    }

    /**
     * As {@link #open}, from a stream, of which the bytes are kept in memory.
     *
     * @param origin what messages call it
     * @param stream read to its end; the caller closes it
     */
    public static OnnxEncoder read(String origin, InputStream stream) throws IOException {
        return new OnnxEncoder(origin, FileContent.read(stream));
    }

    private static EncoderConfig configOf(String origin, EncoderGraph graph) throws MalformedCheckpointException {
        List<Long> words = matrix(origin, graph, "embeddings.word_embeddings.weight");
        List<Long> positions = matrix(origin, graph, "embeddings.position_embeddings.weight");
        double epsilon = graph.normEpsilon();
        if (epsilon != DistilBertConfig.NORM_EPSILON) {
            throw new MalformedCheckpointException(
                    origin,
                    "layer norm epsilon: expected " + DistilBertConfig.NORM_EPSILON + ", the graph has " + epsilon);
        }
        DistilBertConfig base = DistilBertConfig.base();
        try {
            int hiddenSize = Math.toIntExact(words.get(1));
            DistilBertConfig sizes = new DistilBertConfig(
                    Math.toIntExact(words.get(0)),
                    Math.toIntExact(positions.get(0)),
                    graph.layerCount(),
                    graph.headCount(hiddenSize),
                    hiddenSize,
                    graph.innerSize(),
                    graph.activation(),
                    base.dropout(),
                    base.attentionDropout(),
                    false,
                    base.paddingTokenId(),
                    base.initializerRange());
            return new EncoderConfig(graph.isDistilBert() ? Architecture.DISTILBERT : Architecture.BERT, sizes);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new MalformedCheckpointException(origin, String.valueOf(e.getMessage()));
        }
    }

    private static List<Long> matrix(String origin, EncoderGraph graph, String name)
            throws MalformedCheckpointException {
        List<Long> shape = graph.shape(name);
        if (shape.size() != 2) {
            throw new MalformedCheckpointException(origin, "tensor " + name + ": expected a matrix, got " + shape);
        }
        return shape;
    }

    private static Tensor tensorOf(Parameter parameter) {
        List<Long> shape = parameter.tensor().shape();
        return new Tensor(
                parameter.name(),
                parameter.transposed() ? List.of(shape.get(1), shape.get(0)) : shape,
                "F32",
                true,
                parameter.tensor().byteCount());
    }

    /**
     * The sizes, from the shapes of the weights and from the graph. What only training needs (dropout, initialiser range) is not in the
     * file and has DistilBERT's defaults.
     */
    public EncoderConfig config() {
        return config;
    }

    /** Whether the graph gives a {@code sentence_embedding} beside or instead of token vectors. */
    public boolean givesSentenceVector() {
        return givesSentenceVector;
    }

    /** How the graph pools, if it gives a {@code sentence_embedding} and makes it by mean or CLS. */
    public Optional<PoolingMode> pooling() {
        return sentenceOutput.map(SentenceOutput::pooling);
    }

    /** Whether the graph's {@code sentence_embedding} has unit length; false where {@link #pooling} is empty. */
    public boolean normalizes() {
        return sentenceOutput.map(SentenceOutput::normalizes).orElse(false);
    }

    @Override
    public String origin() {
        return origin;
    }

    /** The parameters, in the order of the file; other initialisers (position numbers, masks) are left out. */
    @Override
    public List<Tensor> tensors() {
        return tensors;
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        Parameter parameter = parameters.get(tensor.name());
        if (parameter == null) {
            throw new IllegalArgumentException(origin + ": no such tensor: " + tensor.name());
        }
        long elementCount = parameter.tensor().byteCount() / Float.BYTES;
        if (firstElement < 0
                || count < 0
                || firstElement > elementCount - count
                || offset < 0
                || offset > target.length - count) {
            throw new IllegalArgumentException(origin + ": tensor " + tensor.name()
                    + ": elements outside the tensor or the target: firstElement=" + firstElement + " offset=" + offset
                    + " count=" + count + " elementCount=" + elementCount + " length=" + target.length);
        }
        long position = parameter.tensor().position();
        if (!parameter.transposed()) {
            content.copyFloats(position + firstElement * Float.BYTES, target, offset, count);
        } else if (count > 0) {
            int inputSize = Math.toIntExact(parameter.tensor().shape().get(0));
            int outputSize = Math.toIntExact(parameter.tensor().shape().get(1));
            copyTransposed(position, inputSize, outputSize, firstElement, target, offset, count);
        }
    }

    /** W[o, i], o-major, from Wᵀ[i, o]: of every i the run of o that the elements span. */
    private void copyTransposed(
            long position, int inputSize, int outputSize, long firstElement, float[] target, int offset, int count) {
        int firstOutput = (int) (firstElement / inputSize);
        int lastOutput = (int) ((firstElement + count - 1) / inputSize);
        float[] run = new float[lastOutput - firstOutput + 1];
        for (int i = 0; i < inputSize; i++) {
            content.copyFloats(position + ((long) i * outputSize + firstOutput) * Float.BYTES, run, 0, run.length);
            for (int o = 0; o < run.length; o++) {
                long element = (long) (firstOutput + o) * inputSize + i - firstElement;
                if (element >= 0 && element < count) {
                    target[offset + (int) element] = run[o];
                }
            }
        }
    }
}
