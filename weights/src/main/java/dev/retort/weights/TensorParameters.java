package dev.retort.weights;

import dev.retort.core.ParameterSource;
import dev.retort.core.QuantizedMatrix;
import dev.retort.core.Shape;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parameters read from a set of tensors, checked when this is made and read when a layer asks: from the set into native memory, a chunk
 * at a time.
 */
public final class TensorParameters implements ParameterSource {

    private static final Logger LOG = LoggerFactory.getLogger(TensorParameters.class);

    private static final int ELEMENTS_A_CHUNK = 1 << 16;
    private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

    private final TensorSet tensors;
    private final DataType dataType;
    private final Map<String, TensorSet.Tensor> byParameter;
    private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());

    private TensorParameters(TensorSet tensors, DataType dataType, Map<String, TensorSet.Tensor> byParameter) {
        this.tensors = tensors;
        this.dataType = dataType;
        this.byParameter = byParameter;
    }

    /**
     * Finds and checks every tensor.
     *
     * @param wanted the model's parameters
     * @param dataType of the parameters: FLOAT or DOUBLE
     * @throws MalformedCheckpointException if tensors are missing, with all of their names; if one has another shape or is not
     *     floating-point
     */
    public static TensorParameters of(TensorSet tensors, List<ParameterTensor> wanted, DataType dataType)
            throws MalformedCheckpointException {
        if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
            throw new IllegalArgumentException("dataType: expected FLOAT or DOUBLE, got " + dataType);
        }
        Map<String, TensorSet.Tensor> present = new LinkedHashMap<>();
        tensors.tensors().forEach(tensor -> present.put(tensor.name(), tensor));
        Map<String, TensorSet.Tensor> byParameter = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        for (ParameterTensor parameter : wanted) {
            TensorSet.Tensor tensor = present.get(parameter.tensor());
            if (tensor == null) {
                missing.add(parameter.parameter() + " (" + parameter.tensor() + ")");
            } else {
                requireFits(tensors.origin(), parameter, tensor);
                byParameter.put(parameter.parameter(), tensor);
            }
        }
        if (!missing.isEmpty()) {
            throw new MalformedCheckpointException(
                    tensors.origin(),
                    "checkpoint is missing " + missing.size() + " of " + wanted.size() + " parameters: " + missing);
        }
        return new TensorParameters(tensors, dataType, byParameter);
    }

    private static void requireFits(String origin, ParameterTensor parameter, TensorSet.Tensor tensor)
            throws MalformedCheckpointException {
        if (!tensor.floatingPoint()) {
            throw new MalformedCheckpointException(
                    origin, "tensor " + tensor.name() + ": expected F64, F32, F16 or BF16, dtype is " + tensor.type());
        }
        if (!tensor.shape().equals(parameter.shape())) {
            throw new MalformedCheckpointException(
                    origin,
                    "parameter " + parameter.parameter() + ": expected " + toString(parameter.shape()) + ", file has "
                            + toString(tensor.shape()) + " as " + tensor.name());
        }
    }

    /** Whether the parameter is one of these. */
    public boolean has(String name) {
        return byParameter.containsKey(name);
    }

    /** The tensor of each parameter. */
    public Map<String, TensorSet.Tensor> tensorsByParameter() {
        return Collections.unmodifiableMap(byParameter);
    }

    /** What was odd about the parameters read so far: elements that are not finite numbers. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public INDArray load(String name, long... shape) {
        TensorSet.Tensor tensor = byParameter.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("parameter " + name + ": not in the checkpoint: " + tensors.origin());
        }
        INDArray parameter = Nd4j.createUninitializedDetached(dataType, shape);
        if (parameter.length() != tensor.elementCount()) {
            throw new IllegalArgumentException("parameter " + name + ": expected " + Shape.toString(shape)
                    + ", file has " + toString(tensor.shape()) + ": " + tensors.origin());
        }
        Nd4j.getAffinityManager().ensureLocation(parameter, Location.HOST);
        long firstNonFinite = dataType == DataType.FLOAT
                ? copyFloats(tensor, parameter.data().pointer())
                : copyDoubles(tensor, parameter.data().pointer());
        Nd4j.getAffinityManager().tagLocation(parameter, Location.HOST);
        if (firstNonFinite >= 0) {
            String warning = tensors.origin() + ": tensor " + tensor.name() + ": element " + firstNonFinite
                    + " is not a finite number";
            LOG.warn(warning);
            warnings.add(warning);
        }
        return parameter;
    }

    @Override
    public @Nullable QuantizedMatrix loadQuantized(String name, long out, long in) {
        TensorSet.Tensor tensor = byParameter.get(name);
        TensorSet.Quantized quantized = tensor == null ? null : tensors.quantized(tensor);
        if (tensor == null || quantized == null) {
            return null;
        }
        if (!tensor.shape().equals(List.of(out, in))) {
            throw new IllegalArgumentException(
                    "parameter " + name + ": expected " + Shape.toString(new long[] {out, in}) + ", file has "
                            + toString(tensor.shape()) + ": " + tensors.origin());
        }
        INDArray elements = Nd4j.createUninitializedDetached(DataType.BYTE, out, in);
        INDArray scales = Nd4j.createUninitializedDetached(DataType.FLOAT, out);
        for (INDArray array : List.of(elements, scales)) {
            Nd4j.getAffinityManager().ensureLocation(array, Location.HOST);
        }
        byte[] chunk = new byte[(int) Math.min(out * in, ELEMENTS_A_CHUNK)];
        BytePointer target = new BytePointer(elements.data().pointer());
        for (long first = 0; first < out * in; first += chunk.length) {
            int count = (int) Math.min(chunk.length, out * in - first);
            quantized.readElements(first, chunk, 0, count);
            target.position(first).put(chunk, 0, count);
        }
        new FloatPointer(scales.data().pointer()).put(quantized.scales());
        for (INDArray array : List.of(elements, scales)) {
            Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
        }
        return new QuantizedMatrix(elements, scales);
    }

    /** @return the first element that is not finite, or -1 */
    private long copyFloats(TensorSet.Tensor tensor, Pointer pointer) {
        long length = tensor.elementCount();
        float[] chunk = new float[(int) Math.min(length, ELEMENTS_A_CHUNK)];
        long firstNonFinite = -1;
        FloatPointer target = new FloatPointer(pointer);
        for (long first = 0; first < length; first += chunk.length) {
            int count = (int) Math.min(chunk.length, length - first);
            tensors.readFloats(tensor, first, chunk, 0, count);
            if (firstNonFinite < 0) {
                int place = firstNonFinite(chunk, count);
                firstNonFinite = place < 0 ? -1 : first + place;
            }
            target.position(first).put(chunk, 0, count);
        }
        return firstNonFinite;
    }

    /** The place of the first element that is not finite, or -1. The usual way has no branch, so that it keeps up with copying. */
    private static int firstNonFinite(float[] elements, int count) {
        int greatest = 0; // magnitude, as bits: of all numbers they are ordered as the numbers are
        for (int i = 0; i < count; i++) {
            greatest = Math.max(greatest, Float.floatToRawIntBits(elements[i]) & Integer.MAX_VALUE);
        }
        if (greatest < INFINITY_BITS) {
            return -1;
        }
        int place = 0;
        while (Float.isFinite(elements[place])) {
            place++;
        }
        return place;
    }

    /** @return the first element that is not finite, or -1 */
    private long copyDoubles(TensorSet.Tensor tensor, Pointer pointer) {
        long length = tensor.elementCount();
        double[] chunk = new double[(int) Math.min(length, ELEMENTS_A_CHUNK)];
        long firstNonFinite = -1;
        DoublePointer target = new DoublePointer(pointer);
        for (long first = 0; first < length; first += chunk.length) {
            int count = (int) Math.min(chunk.length, length - first);
            tensors.readDoubles(tensor, first, chunk, 0, count);
            for (int i = 0; i < count && firstNonFinite < 0; i++) {
                if (!Double.isFinite(chunk[i])) {
                    firstNonFinite = first + i;
                }
            }
            target.position(first).put(chunk, 0, count);
        }
        return firstNonFinite;
    }

    private static String toString(List<Long> shape) {
        return Shape.toString(shape.stream().mapToLong(Long::longValue).toArray());
    }
}
