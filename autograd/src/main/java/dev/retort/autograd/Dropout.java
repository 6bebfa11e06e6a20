package dev.retort.autograd;

import dev.retort.core.RandomStream;
import dev.retort.core.Shape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * y = x ⊙ m / (1 - p), mᵢ = 1 with probability 1 - p, else 0 (Srivastava et al. 2014, inverted).
 *
 * <p>The mask is a function of the stream and the element's number, so backward draws it again instead of keeping it.
 */
record Dropout(Variable x, double probability, RandomStream random) implements Operation {

    Dropout {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException("dropout: probability must be in [0, 1), got " + probability);
        }
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().mul(scaledMask());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(scaledMask())); // dx = dy ⊙ m / (1 - p)
    }

    /** m / (1 - p). */
    private INDArray scaledMask() {
        float[] mask = new float[Math.toIntExact(Shape.elementCount(x.shape()))];
        for (int element = 0; element < mask.length; element++) {
            mask[element] = random.uniform(element) < probability ? 0 : 1;
        }
        return Nd4j.createFromArray(mask)
                .castTo(x.value().dataType())
                .mul(1 / (1 - probability))
                .reshape('c', x.shape());
    }
}
