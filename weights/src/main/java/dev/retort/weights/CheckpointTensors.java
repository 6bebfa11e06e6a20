package dev.retort.weights;

import dev.retort.weights.safetensors.Checkpoint;
import dev.retort.weights.safetensors.DType;
import dev.retort.weights.safetensors.TensorEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The tensors of a safetensors checkpoint. */
final class CheckpointTensors implements TensorSet {

    private final Checkpoint checkpoint;
    private final List<Tensor> tensors;

    CheckpointTensors(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        this.tensors =
                checkpoint.tensors().stream().map(CheckpointTensors::describe).toList();
    }

    @Override
    public String origin() {
        return String.valueOf(checkpoint.path().getFileName());
    }

    @Override
    public List<Tensor> tensors() {
        return tensors;
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return checkpoint.tensor(name).map(CheckpointTensors::describe);
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        checkpoint.readFloats(entry(tensor), firstElement, target, offset, count);
    }

    @Override
    public void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        checkpoint.readDoubles(entry(tensor), firstElement, target, offset, count);
    }

    private TensorEntry entry(Tensor tensor) {
        TensorEntry entry = checkpoint
                .tensor(tensor.name())
                .orElseThrow(() -> new IllegalArgumentException(origin() + ": no such tensor: " + tensor.name()));
        if (!tensor.floatingPoint()) {
            throw new IllegalArgumentException(origin() + ": tensor " + tensor.name()
                    + ": expected F64, F32, F16 or BF16, dtype is " + entry.dtype());
        }
        return entry;
    }

    private static Tensor describe(TensorEntry entry) {
        DType type = entry.dtype();
        boolean floatingPoint = type == DType.F64 || type == DType.F32 || type == DType.F16 || type == DType.BF16;
        return new Tensor(
                entry.name(),
                Arrays.stream(entry.shape()).boxed().toList(),
                type.name(),
                floatingPoint,
                entry.byteCount());
    }
}
