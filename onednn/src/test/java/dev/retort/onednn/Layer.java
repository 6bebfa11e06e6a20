package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** One encoder layer with packed random weights, put together as module {@code model} does. */
final class Layer {

    private final List<Weight> projections;
    private final Weight output;
    private final Weight inner;
    private final Weight outer;
    private final Norm attentionNorm;
    private final Norm outputNorm;
    private final AttentionSettings settings;

    Layer(int hidden, int heads, int innerSize) {
        this(hidden, heads, innerSize, new OneDnnBackend(), Precision.F32);
    }

    Layer(int hidden, int heads, int innerSize, Backend backend, Precision precision) {
        this.projections = backend.prepareJointly(
                List.of(plain(1, hidden, hidden), plain(2, hidden, hidden), plain(3, hidden, hidden)), precision);
        this.output = prepared(backend, plain(4, hidden, hidden), precision);
        this.inner = prepared(backend, plain(5, innerSize, hidden), precision);
        this.outer = prepared(backend, plain(6, hidden, innerSize), precision);
        this.attentionNorm = new Norm(vector(7, hidden), vector(8, hidden), 1e-12);
        this.outputNorm = new Norm(vector(9, hidden), vector(10, hidden), 1e-12);
        this.settings = new AttentionSettings(heads, DropoutSettings.NONE, null);
    }

    private static Weight prepared(Backend backend, Weight.Plain weight, Precision precision) {
        return backend.prepare(weight.matrix(), weight.bias(), precision);
    }

    private static Weight.Plain plain(int seed, long out, long in) {
        return new Weight.Plain(
                Variable.constant(
                        RandomTensors.normal(DataType.FLOAT, seed, out, in).mul(1 / Math.sqrt(in))),
                vector(seed + 20, out));
    }

    private static Variable vector(int seed, long size) {
        return Variable.constant(RandomTensors.normal(DataType.FLOAT, seed, size));
    }

    /** (N, H) to (N, H). */
    Variable forward(Fusions fusions, Variable x, SequenceLayout layout) {
        Variable context =
                fusions.selfAttention(x, projections.get(0), projections.get(1), projections.get(2), layout, settings);
        Variable attended = fusions.linearAddNorm(context, output, DropoutSettings.NONE, x, attentionNorm);
        Variable innerStates = fusions.linear(attended, inner, Activation.GELU);
        return fusions.linearAddNorm(innerStates, outer, DropoutSettings.NONE, attended, outputNorm);
    }

    /** Two layers, pooled and normalised: (N, H) to (B, H). */
    Variable sentences(Fusions fusions, Variable x, SequenceLayout layout) {
        Variable states = forward(fusions, forward(fusions, x, layout), layout);
        return fusions.l2Normalize(fusions.normalize(fusions.pool(states, layout, PoolingMode.MEAN), attentionNorm));
    }

    /** The packed weights of such a layer. */
    record Parts(PackedWeight projections, PackedWeight output, PackedWeight inner, PackedWeight outer) {}

    static Parts parts(int hidden, int innerSize) {
        return new Parts(
                packed(plain(1, 3L * hidden, hidden)),
                packed(plain(4, hidden, hidden)),
                packed(plain(5, innerSize, hidden)),
                packed(plain(6, hidden, innerSize)));
    }

    private static PackedWeight packed(Weight.Plain weight) {
        return new PackedWeight(List.of(weight.matrix().value()), weight.bias(), Precision.F32);
    }
}
