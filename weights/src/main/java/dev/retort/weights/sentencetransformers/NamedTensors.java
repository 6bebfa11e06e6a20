package dev.retort.weights.sentencetransformers;

import dev.retort.weights.NarrowFormat;
import dev.retort.weights.TensorSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tensors of a module's file, called by the module's folder too: several files of a model have the same name. */
record NamedTensors(TensorSet tensorsOfFile, String prefix) implements TensorSet {

    @Override
    public String origin() {
        return prefix + tensorsOfFile.origin();
    }

    @Override
    public List<Tensor> tensors() {
        return tensorsOfFile.tensors();
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return tensorsOfFile.tensor(name);
    }

    @Override
    public @Nullable NarrowFormat narrowFormat() {
        return tensorsOfFile.narrowFormat();
    }

    @Override
    public @Nullable Quantized quantized(Tensor tensor) {
        return tensorsOfFile.quantized(tensor);
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        tensorsOfFile.readFloats(tensor, firstElement, target, offset, count);
    }

    @Override
    public void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        tensorsOfFile.readDoubles(tensor, firstElement, target, offset, count);
    }
}
