package dev.retort.architecture.bad.inference;

import dev.retort.architecture.bad.autograd.Variable;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

public abstract class ShowsTensors implements Supplier<INDArray> {

    protected INDArray field;

    public abstract INDArray returned();

    public abstract Map<String, List<INDArray>> nested();

    protected abstract void variable(Variable variable);

    public abstract void array(INDArray[] tensors);

    abstract INDArray hidden();

    static final class HiddenType {
        public INDArray reached(INDArray tensor) {
            return tensor;
        }
    }
}
