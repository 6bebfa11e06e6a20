package dev.retort.autograd;

import static org.nd4j.linalg.ops.transforms.Transforms.tanh;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x (1 + t) / 2, t = tanh(√(2/π) (x + 0.044715 x³)): "gelu_new" (Hendrycks and Gimpel 2016, §2). */
record TanhGelu(Variable x) implements Operation {

    private static final double SCALE = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return x.value().mul(t().add(1)).mul(0.5);
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> dy.mul(derivative(t())));
    }

    /** t = tanh(√(2/π) (x + 0.044715 x³)). */
    private INDArray t() {
        INDArray square = x.value().mul(x.value());
        return tanh(square.mul(CUBIC).add(1).mul(x.value()).mul(SCALE));
    }

    /** dy/dx = (1 + t)/2 + x/2 (1 - t²) √(2/π) (1 + 3 · 0.044715 x²). */
    private INDArray derivative(INDArray t) {
        INDArray inner = x.value().mul(x.value()).mul(3 * CUBIC).add(1).mul(SCALE);
        return t.add(1).mul(0.5).add(x.value().mul(0.5).mul(t.mul(t).rsub(1)).mul(inner));
    }
}
