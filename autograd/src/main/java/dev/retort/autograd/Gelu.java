package dev.retort.autograd;

import static dev.retort.core.Tensors.erf;
import static org.nd4j.linalg.ops.transforms.Transforms.exp;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x Φ(x), Φ(x) = (1 + erf(x/√2)) / 2 (Hendrycks and Gimpel 2016). ND4J's own two GELUs are other functions. */
record Gelu(Variable x) implements Operation {

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().mul(distribution());
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(distribution().add(x.value().mul(density())))); // dx = dy ⊙ (Φ(x) + x φ(x))
    }

    /** Φ(x) = (1 + erf(x/√2)) / 2. */
    private INDArray distribution() {
        return erf(x.value().mul(Math.sqrt(0.5))).add(1).mul(0.5);
    }

    /** φ(x) = exp(-x²/2) / √(2π). */
    private INDArray density() {
        return exp(x.value().mul(x.value()).mul(-0.5)).mul(1 / Math.sqrt(2 * Math.PI));
    }
}
