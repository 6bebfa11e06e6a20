package dev.retort.model;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.QuantizedWeight;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.ParameterSource;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.core.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where a layer gets its parameters while it is being built. A parameter is born with its name: the path of scopes and its own, as in
 * {@code encoder.layer.3.attention.queryProjection.weight}. The scope is discarded afterwards; layers hold plain fields.
 */
public final class ParameterScope {

    private final String prefix;
    private final Construction construction;

    /** What all scopes of one model share. */
    private record Construction(
            ParameterSource source,
            Backend backend,
            Precision precision,
            Freezing freezing,
            List<Parameter> parameters,
            List<Variable> variables,
            List<Weight> weights) {}

    /**
     * A parameter's line in the parameter table.
     *
     * @param name dotted
     * @param shape its extents
     */
    public record Parameter(String name, List<Long> shape) {

        public Parameter {
            shape = List.copyOf(shape);
        }

        /** The number of elements. */
        public long elementCount() {
            return Shape.elementCount(shape.stream().mapToLong(Long::longValue).toArray());
        }
    }

    private ParameterScope(String prefix, Construction construction) {
        this.prefix = prefix;
        this.construction = construction;
    }

    /** Parameters that receive no gradient, with linear layers' weights prepared by the backend. */
    public static ParameterScope forInference(ParameterSource source, Backend backend, Precision precision) {
        return new ParameterScope(
                "",
                new Construction(
                        source,
                        backend,
                        precision,
                        Freezing.everything(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>()));
    }

    /** Parameters that receive gradients, as they are. */
    public static ParameterScope forTraining(ParameterSource source) {
        return forTraining(source, Freezing.full());
    }

    /** Parameters as they are, of which those receive gradients that are not frozen. */
    public static ParameterScope forTraining(ParameterSource source, Freezing freezing) {
        return new ParameterScope(
                "",
                new Construction(
                        source,
                        Backend.definitions(),
                        Precision.F32,
                        freezing,
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>()));
    }

    /** The scope of a part: its name and a dot go before the names of its parameters. */
    public ParameterScope child(String name) {
        return new ParameterScope(prefix + name + ".", construction);
    }

    /** A parameter of the given shape. */
    public Variable parameter(String name, long... shape) {
        String fullName = prefix + name;
        Variable variable = load(fullName, shape);
        enter(fullName, variable, shape);
        return variable;
    }

    /** A parameter whose rows are looked up, (rows, columns), prepared. */
    public Variable table(String name, long rows, long columns) {
        String fullName = prefix + name;
        Variable loaded = load(fullName, rows, columns);
        Variable prepared = construction.backend.prepareTable(loaded, construction.precision);
        if (prepared != loaded) {
            loaded.value().close();
        }
        enter(fullName, prepared, rows, columns);
        return prepared;
    }

    private Variable load(String fullName, long... shape) {
        INDArray value = Shape.require("parameter " + fullName, construction.source.load(fullName, shape), shape);
        return construction.freezing.trains(fullName)
                ? Variable.parameter(fullName, value)
                : Variable.constant(fullName, value);
    }

    private void enter(String fullName, Variable variable, long... shape) {
        List<Long> extents = new ArrayList<>();
        for (long extent : shape) {
            extents.add(extent);
        }
        construction.parameters.add(new Parameter(fullName, extents));
        construction.variables.add(variable);
    }

    /** A linear layer's parameters {@code weight} (out, in) and {@code bias} (out), prepared. */
    public Weight weight(long out, long in) {
        return prepared(List.of(this), out, in, true).get(0);
    }

    /** A linear layer's only parameter {@code weight} (out, in), prepared. */
    public Weight weightWithoutBias(long out, long in) {
        return prepared(List.of(this), out, in, false).get(0);
    }

    /**
     * Linear layers that read the same input, prepared so that a backend may compute them as one.
     *
     * @param children their scopes, each with a {@code weight} (out, in) and a {@code bias} (out)
     */
    public List<Weight> jointWeights(long out, long in, String... children) {
        return prepared(Arrays.stream(children).map(this::child).toList(), out, in, true);
    }

    /** A weight of each of the scopes; in whole numbers from the source to the backend where both have them so. */
    private static List<Weight> prepared(List<ParameterScope> scopes, long out, long in, boolean bias) {
        Construction construction = scopes.get(0).construction;
        List<Weight> prepared = construction.precision == Precision.INT8 ? quantized(scopes, out, in, bias) : null;
        if (prepared == null) {
            prepared = ofPlain(scopes, out, in, bias);
        }
        construction.weights.addAll(prepared);
        return prepared;
    }

    /** @return null if the source has one of them in floating point */
    private static @Nullable List<Weight> quantized(List<ParameterScope> scopes, long out, long in, boolean bias) {
        List<QuantizedMatrix> matrices = new ArrayList<>();
        for (ParameterScope scope : scopes) {
            QuantizedMatrix matrix = scope.construction.source.loadQuantized(scope.prefix + "weight", out, in);
            if (matrix == null) {
                matrices.forEach(QuantizedMatrix::close);
                return null;
            }
            matrices.add(matrix);
        }
        List<QuantizedWeight> weights = new ArrayList<>();
        for (int i = 0; i < scopes.size(); i++) {
            ParameterScope scope = scopes.get(i);
            String name = scope.prefix + "weight";
            scope.enter(name, Variable.constant(name, matrices.get(i).elements()), out, in);
            weights.add(new QuantizedWeight(matrices.get(i), bias ? scope.parameter("bias", out) : null));
        }
        List<Weight> prepared = scopes.get(0).construction.backend.prepareQuantized(weights);
        matrices.forEach(QuantizedMatrix::close);
        return prepared;
    }

    private static List<Weight> ofPlain(List<ParameterScope> scopes, long out, long in, boolean bias) {
        List<Weight.Plain> plain = new ArrayList<>();
        for (ParameterScope scope : scopes) {
            plain.add(new Weight.Plain(scope.parameter("weight", out, in), bias ? scope.parameter("bias", out) : null));
        }
        Construction construction = scopes.get(0).construction;
        List<Weight> prepared = plain.size() == 1
                ? List.of(construction.backend.prepare(
                        plain.get(0).matrix(), plain.get(0).bias(), construction.precision))
                : construction.backend.prepareJointly(plain, construction.precision);
        for (int i = 0; i < prepared.size(); i++) {
            closeIfCopied(plain.get(i), prepared.get(i));
        }
        return prepared;
    }

    /** A model has each weight once: in the backend's form, if it has one of its own. */
    private static void closeIfCopied(Weight.Plain plain, Weight prepared) {
        if (!(prepared instanceof Weight.Plain)) {
            plain.matrix().value().close();
        }
    }

    /** A layer norm's parameters {@code gamma} and {@code beta}, (size). */
    public Norm norm(long size, double epsilon) {
        return new Norm(parameter("gamma", size), parameter("beta", size), epsilon);
    }

    /** Every parameter of the model so far, in the order of construction. */
    public List<Parameter> parameters() {
        return List.copyOf(construction.parameters);
    }

    /** The variables of {@link #parameters()}, in the same order. In a model for inference a backend's copy may have replaced a matrix. */
    public List<Variable> variables() {
        return Collections.unmodifiableList(construction.variables);
    }

    /** Whether this scope, its children included, has given parameters so far of which none receives a gradient. */
    public boolean isFrozen() {
        boolean any = false;
        for (int i = 0; i < construction.parameters.size(); i++) {
            if (construction.parameters.get(i).name().startsWith(prefix)) {
                any = true;
                if (construction.variables.get(i).requiresGradient()) {
                    return false;
                }
            }
        }
        return any;
    }

    /** The prepared weights of every linear layer so far, in the order of construction: to be closed with the model. */
    public List<Weight> weights() {
        return Collections.unmodifiableList(construction.weights);
    }
}
