package dev.retort.train;

import dev.retort.core.ParameterSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The tensors that a source has given to a model, to be freed with this: also if the model was never finished. */
final class OwnedTensors implements ParameterSource, AutoCloseable {

    private final ParameterSource source;
    private final Map<String, INDArray> tensors = new LinkedHashMap<>();

    /** @param source gives new tensors, which belong to whoever asks */
    OwnedTensors(ParameterSource source) {
        this.source = source;
    }

    @Override
    public INDArray load(String name, long... shape) {
        INDArray tensor = source.load(name, shape);
        tensors.put(name, tensor);
        return tensor;
    }

    /** Gives a tensor away: it belongs to the caller from now on. */
    INDArray release(String name) {
        return Objects.requireNonNull(tensors.remove(name), name);
    }

    /** Frees the tensors. Idempotent. */
    @Override
    public void close() {
        tensors.values().forEach(INDArray::close);
        tensors.clear();
    }
}
