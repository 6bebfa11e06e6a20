package dev.retort.train.optimizer;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradients of the test's choice: those of Σ g ⊙ x over some variables x. */
final class GivenGradients {

    private final List<Variable> terms = new ArrayList<>();

    /** A gradient with every element. */
    GivenGradients dense(Variable parameter, INDArray gradient) {
        terms.add(parameter.multiply(Variable.constant(gradient)).sum());
        return this;
    }

    /** A gradient of a few rows, given in ascending order. */
    GivenGradients rows(Variable table, INDArray values, int... rows) {
        terms.add(table.gather(rows).multiply(Variable.constant(values)).sum());
        return this;
    }

    Gradients gradients() {
        return terms.stream().reduce(Variable::add).orElseThrow().backward();
    }
}
