package dev.retort.autograd;

import dev.retort.core.RandomStream;
import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Holds backward to forward: central differences in float64, every element of every input, a random cotangent.
 *
 * <pre>{@code
 * GradientCheck.of("softmax", x -> x.get(0).softmax()).check(Nd4j.rand(DataType.DOUBLE, 3, 5));
 * }</pre>
 *
 * <p>With f(x) = Σ c ⊙ y(x) for a random c, the numeric derivative is (f(x + h eᵢ) - f(x - h eᵢ)) / 2h, and the error of an analytic
 * derivative a against a numeric n is |a - n| / max(1, |a| + |n|). A sum of outputs (c = 1) would not do: softmax's gradient vanishes
 * under it.
 */
public final class GradientCheck {

    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-6;

    private final String operation;
    private final Function<List<Variable>, Variable> function;
    private final double step;
    private final double tolerance;
    private final long seed;

    private GradientCheck(
            String operation, Function<List<Variable>, Variable> function, double step, double tolerance, long seed) {
        this.operation = operation;
        this.function = function;
        this.step = step;
        this.tolerance = tolerance;
        this.seed = seed;
    }

    /**
     * A check with step 1e-5 and tolerance 1e-6.
     *
     * @param operation the name for messages
     * @param function from inputs to output; called many times, must be deterministic
     */
    public static GradientCheck of(String operation, Function<List<Variable>, Variable> function) {
        return new GradientCheck(operation, function, STEP, TOLERANCE, 1);
    }

    /** The same check with another h. */
    public GradientCheck withStep(double newStep) {
        return new GradientCheck(operation, function, newStep, tolerance, seed);
    }

    /** The same check with another greatest relative error. */
    public GradientCheck withTolerance(double newTolerance) {
        return new GradientCheck(operation, function, step, newTolerance, seed);
    }

    /** The same check with another cotangent. */
    public GradientCheck withSeed(long newSeed) {
        return new GradientCheck(operation, function, step, tolerance, newSeed);
    }

    /**
     * Checks every element of every input.
     *
     * @param inputs float64 tensors, any layout (permuted views too); they are read, not changed
     * @throws GradientMismatchError naming operation, input, index, analytic and numeric value
     * @throws AssertionError if forward or backward changed an input or the cotangent, or if an input got no gradient
     * @throws IllegalArgumentException if an input is not float64
     */
    public void check(INDArray... inputs) {
        List<Variable> variables = new ArrayList<>();
        List<INDArray> before = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i].dataType() != DataType.DOUBLE) {
                throw new IllegalArgumentException(
                        operation + ": input " + i + ": expected float64, got " + inputs[i].dataType());
            }
            variables.add(Variable.parameter("input " + i, inputs[i]));
            before.add(inputs[i].dup('c'));
        }
        Variable output = function.apply(variables);
        requireUnchanged("forward", inputs, before);
        INDArray cotangent = cotangentLike(output);
        Gradients gradients = output.backward(cotangent);
        requireUnchanged("backward", inputs, before);
        requireUnchanged("backward", "its cotangent", cotangent, cotangentLike(output));
        for (int i = 0; i < inputs.length; i++) {
            if (!gradients.contains(variables.get(i))) {
                throw new AssertionError(operation + ": input " + i + ": got no gradient");
            }
            checkInput(i, gradients.of(variables.get(i)), before, cotangent);
        }
    }

    private void checkInput(int input, INDArray gradient, List<INDArray> values, INDArray cotangent) {
        INDArray x = values.get(input);
        long[] shape = x.shape();
        for (long element = 0; element < Shape.elementCount(shape); element++) {
            long[] index = indexOf(element, shape);
            double center = x.getDouble(index);
            x.putScalar(index, center + step);
            double above = objective(values, cotangent);
            x.putScalar(index, center - step);
            double below = objective(values, cotangent);
            x.putScalar(index, center);
            double numeric = (above - below) / (2 * step);
            double analytic = gradient.getDouble(index);
            double error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(analytic) + Math.abs(numeric));
            if (!(error <= tolerance)) { // NaN fails too
                throw new GradientMismatchError(operation, input, index, analytic, numeric, error);
            }
        }
    }

    /** f(x) = Σ c ⊙ y(x). */
    private double objective(List<INDArray> values, INDArray cotangent) {
        Variable output = function.apply(values.stream().map(Variable::constant).toList());
        return output.value().mul(cotangent).sumNumber().doubleValue();
    }

    private INDArray cotangentLike(Variable output) {
        RandomStream random = new RandomStream(seed, 0, 0);
        double[] values = new double[Math.toIntExact(Shape.elementCount(output.shape()))];
        for (int element = 0; element < values.length; element++) {
            values[element] = random.gaussian(element);
        }
        return Nd4j.createFromArray(values).reshape('c', output.shape());
    }

    private void requireUnchanged(String phase, INDArray[] inputs, List<INDArray> before) {
        for (int i = 0; i < inputs.length; i++) {
            requireUnchanged(phase, "input " + i, inputs[i], before.get(i));
        }
    }

    private void requireUnchanged(String phase, String what, INDArray now, INDArray before) {
        double[] elements = now.dup('c').data().asDouble();
        if (!Arrays.equals(elements, before.data().asDouble())) {
            throw new AssertionError(operation + ": " + phase + " changed " + what);
        }
    }

    private static long[] indexOf(long element, long[] shape) {
        long[] index = new long[shape.length];
        long rest = element;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            index[axis] = rest % shape[axis];
            rest /= shape[axis];
        }
        return index;
    }
}
