package dev.retort.weights;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tensors of the compute library. */
final class ArrayTensors implements TensorSet {

    private final String origin;
    private final Map<String, INDArray> rowMajor = new LinkedHashMap<>();
    private final List<Tensor> tensors;

    ArrayTensors(String origin, Map<String, INDArray> arrays) {
        this.origin = origin;
        arrays.forEach((name, array) -> {
            boolean asItLies = array.ordering() == 'c' && !array.isView();
            rowMajor.put(name, asItLies ? array : array.dup('c'));
        });
        this.tensors = arrays.entrySet().stream()
                .map(entry -> new Tensor(
                        entry.getKey(),
                        Arrays.stream(entry.getValue().shape()).boxed().toList(),
                        "F" + 8 * entry.getValue().dataType().width(),
                        entry.getValue().isR(),
                        entry.getValue().length() * entry.getValue().dataType().width()))
                .toList();
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public List<Tensor> tensors() {
        return tensors;
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    @Override
    public void readFloats(Tensor tensor, long firstElement, float[] target, int offset, int count) {
        INDArray array = array(tensor);
        for (int i = 0; i < count; i++) {
            target[offset + i] = array.data().getFloat(firstElement + i);
        }
    }

    @Override
    public void readDoubles(Tensor tensor, long firstElement, double[] target, int offset, int count) {
        INDArray array = array(tensor);
        for (int i = 0; i < count; i++) {
            target[offset + i] = array.data().getDouble(firstElement + i);
        }
    }

    private INDArray array(Tensor tensor) {
        INDArray array = rowMajor.get(tensor.name());
        if (array == null || !tensors.contains(tensor)) {
            throw new IllegalArgumentException(origin + ": no such tensor: " + tensor.name());
        }
        return array;
    }
}
