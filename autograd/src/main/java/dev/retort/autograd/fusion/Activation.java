package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import java.util.function.UnaryOperator;

/** The elementwise function after a linear layer. */
public enum Activation {
    /** y = x. */
    IDENTITY(x -> x),
    /** GELU by the error function: what Hugging Face calls "gelu". */
    GELU(Variable::gelu),
    /** GELU by the tanh approximation: "gelu_new". */
    TANH_GELU(Variable::tanhGelu),
    /** max(x, 0). */
    RELU(Variable::relu),
    /** x σ(x), "silu" or "swish". */
    SILU(Variable::silu),
    /** Hyperbolic tangent. */
    TANH(Variable::tanh),
    /** 1 / (1 + exp(-x)). */
    SIGMOID(Variable::sigmoid);

    private final UnaryOperator<Variable> definition;

    Activation(UnaryOperator<Variable> definition) {
        this.definition = definition;
    }

    /** The function in primitives. */
    public Variable of(Variable x) {
        return definition.apply(x);
    }
}
