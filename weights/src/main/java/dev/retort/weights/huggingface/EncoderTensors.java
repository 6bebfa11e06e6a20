package dev.retort.weights.huggingface;

import dev.retort.core.Shape;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.encoder.SinusoidalPositions;
import dev.retort.weights.LoadReport;
import dev.retort.weights.NarrowFormat;
import dev.retort.weights.ParameterTensor;
import dev.retort.weights.TensorSet;
import dev.retort.weights.huggingface.EncoderConfig.Architecture;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A checkpoint's encoder as DistilBertModel would save it: its tensors under its names, whatever the checkpoint calls them.
 *
 * <p>A BERT's first token-type row is added to each of its positions, in the precision in which they are read: with one segment BERT adds that row to every token
 * before the first layer norm. Sinusoidal positions that the checkpoint lacks are computed. Everything else passes through.
 */
public final class EncoderTensors implements TensorSet {

    private final String origin;
    private final @Nullable NarrowFormat format;
    private final EncoderConfig config;
    private final Map<String, Part> parts;
    private final List<LoadReport.Ignored> ignored;
    private final List<String> remarks;
    private final List<String> warnings;

    /** A tensor and who reads it. */
    private record Part(Tensor tensor, Elements elements) {}

    /** Reads elements of one tensor. */
    private interface Elements {

        void read(long firstElement, float[] target, int offset, int count);

        void read(long firstElement, double[] target, int offset, int count);

        /** Them in whole numbers, or null. */
        default @Nullable Quantized quantized() {
            return null;
        }
    }

    private EncoderTensors(String origin, @Nullable NarrowFormat format, EncoderConfig config) {
        this.origin = origin;
        this.format = format;
        this.config = config;
        this.parts = new LinkedHashMap<>();
        this.ignored = new ArrayList<>();
        this.remarks = new ArrayList<>();
        this.warnings = new ArrayList<>();
    }

    /**
     * Sorts a checkpoint's tensors into those of the encoder and the others. Shapes are not looked at: see {@link #parameters}.
     *
     * @throws MalformedCheckpointException if two tensors have the same name apart from prefix and spelling, or if a BERT has no token
     *     types
     */
    public static EncoderTensors of(TensorSet checkpoint, EncoderConfig config) throws MalformedCheckpointException {
        EncoderTensors encoder = new EncoderTensors(checkpoint.origin(), checkpoint.narrowFormat(), config);
        Map<String, Tensor> found = encoder.sort(checkpoint);
        for (ParameterTensor parameter : TensorNames.of(config.sizes(), "")) {
            String name = parameter.tensor();
            Tensor tensor = found.get(name);
            if (tensor != null) {
                encoder.put(name, tensor, new Copied(checkpoint, tensor));
            } else if (name.equals(TensorNames.POSITIONS) && config.sizes().sinusoidalPositions()) {
                encoder.computePositions();
            }
        }
        if (config.architecture() == Architecture.BERT) {
            encoder.foldTokenTypes(checkpoint, found.get(TensorNames.TOKEN_TYPES));
        }
        return encoder;
    }

    /**
     * The encoder of a model in memory.
     *
     * @param parameters gives the value of each of the encoder's parameters by its name, without a prefix: {@code layer.0.outputNorm.beta}
     */
    public static EncoderTensors of(DistilBertConfig sizes, Function<String, INDArray> parameters) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        for (ParameterTensor parameter : TensorNames.of(sizes, "")) {
            long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
            INDArray value = parameters.apply(parameter.parameter());
            arrays.put(parameter.tensor(), Shape.require("parameter " + parameter.parameter(), value, shape));
        }
        EncoderTensors encoder = new EncoderTensors("memory", null, EncoderConfig.distilBert(sizes));
        TensorSet tensors = TensorSet.of("memory", arrays);
        tensors.tensors().forEach(tensor -> encoder.put(tensor.name(), tensor, new Copied(tensors, tensor)));
        return encoder;
    }

    /** @return by their name in DistilBertModel, the tensors that have one, and a BERT's token types */
    private Map<String, Tensor> sort(TensorSet checkpoint) throws MalformedCheckpointException {
        boolean bert = config.architecture() == Architecture.BERT;
        List<String> wanted = TensorNames.of(config.sizes(), "").stream()
                .map(ParameterTensor::tensor)
                .toList();
        Set<String> known = new HashSet<>(wanted);
        if (bert) {
            known.add(TensorNames.TOKEN_TYPES);
        }
        Map<String, Tensor> found = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (Tensor tensor : checkpoint.tensors()) {
            String name = bert
                    ? TensorNames.canonicalOfBert(tensor.name())
                    : TensorNames.canonicalOfDistilBert(tensor.name());
            String reason = TensorNames.reasonToIgnore(name);
            if (known.contains(name)) {
                Tensor other = found.putIfAbsent(name, tensor);
                if (other != null) {
                    throw new MalformedCheckpointException(
                            origin, "two tensors for one parameter: " + other.name() + ", " + tensor.name());
                }
            } else if (reason != null) {
                ignored.add(new LoadReport.Ignored(tensor.name(), reason));
            } else {
                unknown.add(tensor.name());
                ignored.add(new LoadReport.Ignored(tensor.name(), "not part of " + config.summary()));
            }
        }
        if (!unknown.isEmpty()) {
            warnings.add(
                    origin + ": " + unknown.size() + " tensors are no part of " + config.summary() + ": " + unknown);
        }
        return found;
    }

    private void put(String name, Tensor tensor, Elements elements) {
        Tensor renamed = new Tensor(name, tensor.shape(), tensor.type(), tensor.floatingPoint(), tensor.byteCount());
        parts.put(name, new Part(renamed, elements));
    }

    private void computePositions() {
        int positionCount = config.sizes().positionCount();
        int hiddenSize = config.sizes().hiddenSize();
        double[][] table = SinusoidalPositions.table(positionCount, hiddenSize);
        Tensor tensor = new Tensor(
                TensorNames.POSITIONS,
                List.of((long) positionCount, (long) hiddenSize),
                "F32",
                true,
                (long) Float.BYTES * positionCount * hiddenSize);
        put(TensorNames.POSITIONS, tensor, new Sinusoids(table));
        remarks.add(TensorNames.POSITIONS + ": computed, sinusoidal; the checkpoint has none");
    }

    private void foldTokenTypes(TensorSet checkpoint, @Nullable Tensor tokenTypes) throws MalformedCheckpointException {
        if (tokenTypes == null) {
            throw new MalformedCheckpointException(
                    origin, "checkpoint has no token types: expected " + TensorNames.TOKEN_TYPES);
        }
        long hiddenSize = config.sizes().hiddenSize();
        if (!tokenTypes.floatingPoint()
                || tokenTypes.shape().size() != 2
                || tokenTypes.shape().get(0) < 1
                || tokenTypes.shape().get(1) != hiddenSize) {
            throw new MalformedCheckpointException(
                    origin,
                    "tensor " + tokenTypes.name() + ": expected floating-point (types, " + hiddenSize + "), got "
                            + tokenTypes.type() + " "
                            + Shape.toString(tokenTypes.shape().stream()
                                    .mapToLong(Long::longValue)
                                    .toArray()));
        }
        Part positions = parts.get(TensorNames.POSITIONS);
        if (positions != null) { // if not, parameters() says so
            parts.put(
                    TensorNames.POSITIONS,
                    new Part(
                            positions.tensor(),
                            Folded.of(positions.elements(), checkpoint, tokenTypes, config.sizes())));
            remarks.add(tokenTypes.name() + ": row 0 added to every position; a second segment is not supported");
        }
    }

    /**
     * The model's parameters and the tensors that hold them.
     *
     * @param prefix goes before the parameters' names: {@code encoder.}
     */
    public List<ParameterTensor> parameters(String prefix) {
        return TensorNames.of(config.sizes(), prefix);
    }

    /** The sizes. */
    public DistilBertConfig sizes() {
        return config.sizes();
    }

    /** The tensors of the checkpoint that are no part of the encoder. */
    public List<LoadReport.Ignored> ignored() {
        return Collections.unmodifiableList(ignored);
    }

    /** What was computed or changed. */
    public List<String> remarks() {
        return Collections.unmodifiableList(remarks);
    }

    /** Tensors that nobody knows. */
    public List<String> warnings() {
        return Collections.unmodifiableList(warnings);
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public @Nullable NarrowFormat narrowFormat() {
        return format;
    }

    @Override
    public @Nullable Quantized quantized(Tensor tensor) {
        return elements(tensor).quantized();
    }

    @Override
    public List<Tensor> tensors() {
        return parts.values().stream().map(Part::tensor).toList();
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(parts.get(name)).map(Part::tensor);
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        elements(tensor).read(firstElement, target, offset, count);
    }

    @Override
    public void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        elements(tensor).read(firstElement, target, offset, count);
    }

    private Elements elements(Tensor tensor) {
        Part part = parts.get(tensor.name());
        if (part == null || (part.tensor() != tensor && !part.tensor().equals(tensor))) {
            throw new IllegalArgumentException(origin + ": no such tensor: " + tensor.name());
        }
        return part.elements();
    }

    /** The elements of a tensor of another set. */
    private record Copied(TensorSet source, Tensor tensor) implements Elements {

        @Override
        public void read(long firstElement, float[] target, int offset, int count) {
            source.readFloats(tensor, firstElement, target, offset, count);
        }

        @Override
        public void read(long firstElement, double[] target, int offset, int count) {
            source.readDoubles(tensor, firstElement, target, offset, count);
        }

        @Override
        public @Nullable Quantized quantized() {
            return source.quantized(tensor);
        }
    }

    /** The table rounded to float32, as transformers holds it. */
    private record Sinusoids(double[][] table) implements Elements {

        @Override
        public void read(long firstElement, float[] target, int offset, int count) {
            for (int i = 0; i < count; i++) {
                target[offset + i] = at(firstElement + i);
            }
        }

        @Override
        public void read(long firstElement, double[] target, int offset, int count) {
            for (int i = 0; i < count; i++) {
                target[offset + i] = at(firstElement + i);
            }
        }

        private float at(long element) {
            int width = table[0].length;
            return (float) table[(int) (element / width)][(int) (element % width)];
        }
    }

    /** P[p, h] + S[0, h]. */
    private record Folded(Elements positions, float[] row, double[] doubleRow) implements Elements {

        static Folded of(Elements positions, TensorSet source, Tensor tokenTypes, DistilBertConfig sizes) {
            float[] row = new float[sizes.hiddenSize()];
            double[] doubleRow = new double[sizes.hiddenSize()];
            source.readFloats(tokenTypes, 0, row, 0, row.length);
            source.readDoubles(tokenTypes, 0, doubleRow, 0, doubleRow.length);
            return new Folded(positions, row, doubleRow);
        }

        @Override
        public void read(long firstElement, float[] target, int offset, int count) {
            positions.read(firstElement, target, offset, count);
            for (int i = 0; i < count; i++) {
                target[offset + i] += row[(int) ((firstElement + i) % row.length)];
            }
        }

        @Override
        public void read(long firstElement, double[] target, int offset, int count) {
            positions.read(firstElement, target, offset, count);
            for (int i = 0; i < count; i++) {
                target[offset + i] += doubleRow[(int) ((firstElement + i) % doubleRow.length)];
            }
        }
    }
}
