package dev.retort.weights;

import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.MalformedCheckpointException;
import dev.retort.weights.safetensors.TensorEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a checkpoint of which some are whole numbers with a scale a row: those read as the numbers that they stand for, and their
 * scales are no tensors of their own.
 */
final class QuantizedTensors implements TensorSet {

    private final TensorSet others;
    private final NarrowFormat format;
    private final Map<String, Rows> rows = new LinkedHashMap<>();
    private final List<Tensor> tensors = new ArrayList<>();

    /**
     * @param format what the checkpoint says of itself
     * @throws MalformedCheckpointException if a tensor of integers lacks its scales or has wrong ones
     */
    QuantizedTensors(Checkpoint checkpoint, NarrowFormat format) throws MalformedCheckpointException {
        this.others = new CheckpointTensors(checkpoint);
        this.format = format;
        Set<String> scales = new HashSet<>();
        for (TensorEntry entry : checkpoint.tensors()) {
            if (entry.dtype() == DType.I8 && entry.shape().length == 2) {
                Rows ofTensor = Rows.of(checkpoint, entry, others.origin());
                rows.put(entry.name(), ofTensor);
                scales.add(entry.name() + NarrowFormat.SCALE);
            }
        }
        for (Tensor tensor : others.tensors()) {
            Rows ofTensor = rows.get(tensor.name());
            if (ofTensor != null) {
                tensors.add(ofTensor.tensor());
            } else if (!scales.contains(tensor.name())) {
                tensors.add(tensor);
            }
        }
    }

    @Override
    public String origin() {
        return others.origin();
    }

    @Override
    public NarrowFormat narrowFormat() {
        return format;
    }

    @Override
    public List<Tensor> tensors() {
        return List.copyOf(tensors);
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        Rows ofTensor = rows.get(tensor.name());
        if (ofTensor == null) {
            others.readFloats(tensor, firstElement, target, offset, count);
            return;
        }
        ByteBuffer elements = ofTensor.slice(firstElement, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = ofTensor.scale(firstElement + i) * elements.get(i);
        }
    }

    @Override
    public void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        Rows ofTensor = rows.get(tensor.name());
        if (ofTensor == null) {
            others.readDoubles(tensor, firstElement, target, offset, count);
            return;
        }
        ByteBuffer elements = ofTensor.slice(firstElement, count);
        for (int i = 0; i < count; i++) {
            target[offset + i] = (double) ofTensor.scale(firstElement + i) * elements.get(i);
        }
    }

    @Override
    public @Nullable Quantized quantized(Tensor tensor) {
        return rows.get(tensor.name());
    }

    /** A tensor of integers with its scales. */
    private record Rows(Checkpoint checkpoint, TensorEntry entry, float[] scaleOfRow) implements Quantized {

        static Rows of(Checkpoint checkpoint, TensorEntry entry, String origin) throws MalformedCheckpointException {
            String name = entry.name() + NarrowFormat.SCALE;
            Optional<TensorEntry> found = checkpoint.tensor(name);
            long outputs = entry.shape()[0];
            String expected = "expected F32 [" + outputs + "], the scales of " + entry.name() + " "
                    + Arrays.toString(entry.shape());
            if (found.isEmpty()) {
                throw new MalformedCheckpointException(origin, "tensor " + name + ": is missing: " + expected);
            }
            TensorEntry scales = found.get();
            if (scales.dtype() != DType.F32 || !Arrays.equals(scales.shape(), new long[] {outputs})) {
                throw new MalformedCheckpointException(
                        origin,
                        "tensor " + name + ": " + expected + ", got " + scales.dtype() + " "
                                + Arrays.toString(scales.shape()));
            }
            float[] values = new float[Math.toIntExact(outputs)];
            checkpoint.readFloats(scales, 0, values, 0, values.length);
            for (int o = 0; o < values.length; o++) {
                if (!(values[o] >= 0 && values[o] <= Float.MAX_VALUE)) {
                    throw new MalformedCheckpointException(
                            origin,
                            "tensor " + name + ": expected finite numbers of 0 or more, element " + o + " is "
                                    + values[o]);
                }
            }
            return new Rows(checkpoint, entry, values);
        }

        Tensor tensor() {
            return new Tensor(
                    entry.name(),
                    Arrays.stream(entry.shape()).boxed().toList(),
                    entry.dtype().name(),
                    true,
                    entry.byteCount() + (long) Float.BYTES * scaleOfRow.length);
        }

        float scale(long element) {
            return scaleOfRow[(int) (element / entry.shape()[1])];
        }

        ByteBuffer slice(long firstElement, int count) {
            return checkpoint.slice(entry, firstElement, count);
        }

        @Override
        public void readElements(long firstElement, byte[] target, int offset, int count) {
            slice(firstElement, count).get(target, offset, count);
        }

        @Override
        public float[] scales() {
            return scaleOfRow.clone();
        }
    }
}
