package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.Weight;
import java.util.ArrayList;
import java.util.List;

/** The variables of an operation. */
final class Inputs {

    private static final int ROOM = 4; // x, a residual, a norm's two

    private Inputs() {}

    /** Of a linear layer. A packed weight's matrix is no variable: it receives no gradient. */
    static List<Variable> of(Variable x, Weight... weights) {
        List<Variable> inputs = new ArrayList<>(ROOM + 2 * weights.length);
        inputs.add(x);
        for (Weight weight : weights) {
            if (!isPacked(weight)) {
                inputs.add(weight.matrix());
            }
            Variable bias = weight.bias();
            if (bias != null) {
                inputs.add(bias);
            }
        }
        return inputs;
    }

    /** The same with a residual and a norm. */
    static List<Variable> of(Variable x, Weight weight, Variable residual, Norm norm) {
        List<Variable> inputs = of(x, weight);
        inputs.add(residual);
        inputs.add(norm.gamma());
        inputs.add(norm.beta());
        return inputs;
    }

    static boolean isPacked(Weight weight) {
        return weight instanceof PackedWeight || weight instanceof JoinedWeight;
    }
}
