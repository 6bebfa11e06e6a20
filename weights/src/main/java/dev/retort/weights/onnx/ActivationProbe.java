package dev.retort.weights.onnx;

import dev.retort.autograd.fusion.Activation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Recognises an activation by what it computes: the nodes between the two linear layers of a feed-forward network are evaluated at a few
 * points. Exporters write one function in many ways, and the ways of gelu and gelu_new differ by 0.0005 at most.
 */
final class ActivationProbe {

    private static final double[] POINTS = {-3, -1.25, -0.4, 0.7, 1.9, 2.6};
    /** Constants of a graph are floats. */
    private static final double TOLERANCE = 2e-6;

    private static final Map<Activation, DoubleUnaryOperator> KNOWN = Map.of(
            Activation.GELU, x -> x * 0.5 * (1 + erf(x / Math.sqrt(2))),
            Activation.TANH_GELU, ActivationProbe::tanhGelu,
            Activation.RELU, x -> Math.max(x, 0),
            Activation.SILU, x -> x * sigmoid(x));

    /** A value that is not an elementwise function of x by known operators. */
    static final class UnknownFunctionException extends Exception {
        private static final long serialVersionUID = 1;

        UnknownFunctionException(String message) {
            super(message);
        }
    }

    private final OnnxGraph graph;
    private final String from;

    private ActivationProbe(OnnxGraph graph, String from) {
        this.graph = graph;
        this.from = from;
    }

    /** The function that makes the value {@code to} of the value {@code from}. */
    static Activation recognise(OnnxGraph graph, String from, String to) throws UnknownFunctionException {
        ActivationProbe probe = new ActivationProbe(graph, from);
        double[] y = new double[POINTS.length];
        for (int i = 0; i < POINTS.length; i++) {
            Map<String, Double> values = new HashMap<>();
            values.put(from, POINTS[i]);
            y[i] = probe.evaluate(to, values, 0);
        }
        for (Map.Entry<Activation, DoubleUnaryOperator> known : KNOWN.entrySet()) {
            boolean same = true;
            for (int i = 0; i < POINTS.length; i++) {
                same &= Math.abs(known.getValue().applyAsDouble(POINTS[i]) - y[i]) < TOLERANCE;
            }
            if (same) {
                return known.getKey();
            }
        }
        throw new UnknownFunctionException("f(" + POINTS[3] + ") = " + y[3]);
    }

    private double evaluate(String value, Map<String, Double> values, int step) throws UnknownFunctionException {
        Double known = values.get(value);
        if (known != null) {
            return known;
        }
        if (step > OnnxGraph.MAX_STEPS) {
            throw new UnknownFunctionException("over " + OnnxGraph.MAX_STEPS + " nodes deep");
        }
        List<Double> constant = graph.constant(value);
        double result;
        if (constant.size() == 1) {
            result = constant.get(0);
        } else {
            OnnxNode node = graph.producer(value)
                    .orElseThrow(() -> new UnknownFunctionException("reads " + value + " beside " + from));
            result = apply(node, evaluate(node.input(0), values, step + 1), values, step);
        }
        values.put(value, result);
        return result;
    }

    private double apply(OnnxNode node, double a, Map<String, Double> values, int step)
            throws UnknownFunctionException {
        return switch (node.operator()) {
            case "Identity", "Cast", "Dropout", "Reshape", "Flatten" -> a;
            case "Erf" -> erf(a);
            case "Tanh" -> Math.tanh(a);
            case "Sigmoid" -> sigmoid(a);
            case "Exp" -> Math.exp(a);
            case "Sqrt" -> Math.sqrt(a);
            case "Neg" -> -a;
            case "Reciprocal" -> 1 / a;
            case "Relu" -> Math.max(a, 0);
            case "Gelu" ->
                node.text("approximate", "none").equals("tanh") ? tanhGelu(a) : a * 0.5 * (1 + erf(a / Math.sqrt(2)));
            case "Add" -> a + evaluate(node.input(1), values, step + 1);
            case "Sub" -> a - evaluate(node.input(1), values, step + 1);
            case "Mul" -> a * evaluate(node.input(1), values, step + 1);
            case "Div" -> a / evaluate(node.input(1), values, step + 1);
            case "Pow" -> Math.pow(a, evaluate(node.input(1), values, step + 1));
            default -> throw new UnknownFunctionException("node " + node.name() + " is " + node.operator());
        };
    }

    private static double tanhGelu(double x) {
        return x * 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** 2/√π Σₙ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), within 1e-10 for |x| up to 4. */
    private static double erf(double x) {
        if (Math.abs(x) > 4) {
            return Math.signum(x);
        }
        double power = x; // (-1)ⁿ x²ⁿ⁺¹ / n!
        double sum = x;
        for (int n = 1; n < 100; n++) {
            power *= -x * x / n;
            sum += power / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }
}
