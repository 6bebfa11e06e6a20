package dev.retort.model.classification;

import dev.retort.core.ParameterSource;
import dev.retort.core.RandomStream;
import dev.retort.core.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The parameters of heads before any training, as PyTorch's {@code nn.Linear} begins: weight and bias uniform in
 * [-1/√in, 1/√in) (He et al. 2015 with a slope of √5 gives that bound for weights). A parameter is a function of the seed and its name.
 */
public final class FreshHeads implements ParameterSource {

    private final DataType type;
    private final long seed;
    private final Map<String, Integer> inputSizes =
            new HashMap<>(); // of the linear layer, by the name of its parameters

    /**
     * @param type FLOAT or DOUBLE
     * @param inputSize E
     */
    public FreshHeads(DataType type, int inputSize, List<ClassificationTask> tasks, long seed) {
        this.type = type;
        this.seed = seed;
        for (ClassificationTask task : tasks) {
            String prefix = "heads." + task.name() + ".";
            int outputInput = inputSize;
            if (task.head() instanceof HeadShape.FeedForward feedForward) {
                put(prefix + "hidden.", inputSize);
                outputInput = feedForward.hiddenSize();
            }
            put(prefix + "output.", outputInput);
        }
    }

    private void put(String layer, int inputSize) {
        inputSizes.put(layer + "weight", inputSize);
        inputSizes.put(layer + "bias", inputSize);
    }

    /** Whether the parameter is one of these. */
    public boolean has(String name) {
        return inputSizes.containsKey(name);
    }

    @Override
    public INDArray load(String name, long... shape) {
        Integer inputSize = inputSizes.get(name);
        if (inputSize == null) {
            throw new IllegalArgumentException("parameter " + name + ": not one of the heads'");
        }
        RandomStream random = new RandomStream(seed, 0, name.hashCode());
        double bound = 1 / Math.sqrt(inputSize);
        double[] values = new double[Math.toIntExact(Shape.elementCount(shape))];
        for (int element = 0; element < values.length; element++) {
            values[element] = (2 * random.uniform(element) - 1) * bound;
        }
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
        }
    }
}
