package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class VariableTest {

    private final Variable x = Variable.parameter("x", Nd4j.createFromArray(2.0, 3.0));

    @Test
    void parameterAndConstant_always_haveNameShapeAndValue() {
        INDArray value = Nd4j.ones(2, 3);
        Variable parameter = Variable.parameter("encoder.weight", value);

        assertThat(parameter.value()).isSameAs(value);
        assertThat(parameter.name()).isEqualTo("encoder.weight");
        assertThat(parameter.shape()).containsExactly(2, 3);
        assertThat(parameter.size(-1)).isEqualTo(3);
        assertThat(parameter.requiresGradient()).isTrue();
        assertThat(parameter).hasToString("encoder.weight (2, 3)");
        assertThat(Variable.constant("frozen", value).requiresGradient()).isFalse();
        assertThat(Variable.constant("frozen", value).name()).isEqualTo("frozen");
        assertThat(parameter.softmax().name()).isEqualTo("Softmax");
    }

    @Test
    void subtract_always_isTheDifference() {
        Variable y = Variable.parameter("y", Nd4j.createFromArray(5.0, 1.0));

        assertThat(x.subtract(y).value()).isIdenticalTo(Nd4j.createFromArray(-3.0, 2.0));
        assertThat(x.subtract(y).sum().backward().of(y)).isIdenticalTo(Nd4j.createFromArray(-1.0, -1.0));
    }

    // ---- backward ----

    @Test
    void backward_sharedSubexpression_addsUpItsShares() {
        Variable square = x.multiply(x);
        Variable y = square.add(square).add(x); // 2x² + x, derivative 4x + 1

        assertThat(y.sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(9.0, 13.0));
    }

    @Test
    void backward_sixtyDoublings_visitsEachNodeOnce() {
        Variable y = x;
        for (int i = 0; i < 60; i++) {
            y = y.add(y); // 2⁶⁰ paths
        }

        assertThat(y.sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(0x1p60, 0x1p60));
    }

    @Test
    void backward_tenThousandNodesDeep_doesNotOverflowTheStack() {
        Variable y = x;
        for (int i = 0; i < 10_000; i++) {
            y = y.scale(i % 2 == 0 ? 2 : 0.5);
        }

        assertThat(y.sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(1.0, 1.0));
    }

    @Test
    void backward_inputsAddedInAnyOrder_runsAnOperationAfterAllItsUses() {
        Variable early = x.scale(2);
        Variable late = early.scale(3).scale(5).scale(7);

        // early is used at depth one and at depth four: 2 (1 + 105)
        assertThat(early.add(late).sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(212.0, 212.0));
        assertThat(late.add(early).sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(212.0, 212.0));
    }

    @Test
    void backward_twice_givesTheSameAndKeepsNothing() {
        Variable y = x.multiply(x).sum();

        Gradients first = y.backward();
        Gradients second = y.backward();

        assertThat(second.of(x)).isIdenticalTo(first.of(x)).isIdenticalTo(Nd4j.createFromArray(4.0, 6.0));
    }

    @Test
    void backward_givenCotangent_weighsTheOutputs() {
        assertThat(x.scale(10).backward(Nd4j.createFromArray(1.0, -2.0)).of(x))
                .isIdenticalTo(Nd4j.createFromArray(10.0, -20.0));
    }

    @Test
    void backward_ofAParameter_isTheCotangent() {
        assertThat(x.backward(Nd4j.createFromArray(7.0, 8.0)).of(x)).isIdenticalTo(Nd4j.createFromArray(7.0, 8.0));
    }

    @Test
    void backward_frozenInput_getsNothingComputed() {
        Variable frozen = Variable.constant("frozen", Nd4j.createFromArray(5.0, 5.0));
        AtomicInteger computed = new AtomicInteger();
        Variable y = Variable.resultOf(new Operation() {
            @Override
            public List<Variable> inputs() {
                return List.of(x, frozen);
            }

            @Override
            public INDArray forward() {
                return x.value().mul(frozen.value());
            }

            @Override
            public void backward(INDArray value, INDArray dy, Gradients gradients) {
                gradients.add(x, () -> {
                    computed.incrementAndGet();
                    return dy.mul(frozen.value());
                });
                gradients.add(frozen, () -> {
                    throw new AssertionError("computed for a frozen input");
                });
            }
        });

        Gradients gradients = y.sum().backward();

        assertThat(computed).hasValue(1);
        assertThat(gradients.contains(frozen)).isFalse();
    }

    @Test
    void backward_frozenPart_isNotEntered() {
        Variable frozen = Variable.constant("frozen", Nd4j.createFromArray(5.0, 5.0));
        Variable lower = Variable.resultOf(new Operation() {
            @Override
            public List<Variable> inputs() {
                return List.of(frozen);
            }

            @Override
            public INDArray forward() {
                return frozen.value().mul(2);
            }

            @Override
            public void backward(INDArray y, INDArray dy, Gradients gradients) {
                throw new AssertionError("backward below the lowest trainable parameter");
            }
        });

        assertThat(lower.requiresGradient()).isFalse();
        assertThat(lower.multiply(x).sum().backward().of(x)).isIdenticalTo(Nd4j.createFromArray(10.0, 10.0));
    }

    @Test
    void backward_nothingToDifferentiateOrWrongShape_isRejected() {
        assertThatThrownBy(() -> Variable.constant(Nd4j.ones(2)).sum().backward())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("backward: Sum () depends on nothing that requires a gradient");
        assertThatThrownBy(x::backward).hasMessage("backward: expected a scalar, got (2); give a cotangent");
        assertThatThrownBy(() -> x.scale(2).backward(Nd4j.ones(DataType.DOUBLE, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cotangent: expected (2), got (3)");
    }

    // ---- lifetimes ----

    @Test
    void value_afterItsScopeClosed_isRefusedWithTheRemedy() {
        try (Workspace workspace = Workspace.open()) {
            Variable y;
            try (StepScope step = StepScope.open(workspace)) {
                y = x.scale(2);
                assertThat(step.isOpen()).isTrue();
                assertThat(y.value()).isIdenticalTo(Nd4j.createFromArray(4.0, 6.0));
            }

            assertThatThrownBy(y::value)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Scale (2): read after its step scope closed; take it along with StepScope.keep");
            assertThatThrownBy(() -> y.scale(2)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> y.sum().backward()).isInstanceOf(IllegalStateException.class);
            assertThat(x.value()).isIdenticalTo(Nd4j.createFromArray(2.0, 3.0));
        }
    }

    @Test
    void value_ofAViewOfAParameterMadeInAScope_isRefusedLikeAnyOther() {
        try (Workspace workspace = Workspace.open()) {
            Variable rows;
            try (StepScope step = StepScope.open(workspace)) {
                rows = x.reshape(2, 1).rows(0, 2);
                assertThat(step.isOpen()).isTrue();
            }

            assertThatThrownBy(rows::value).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void gradient_keptFromAScope_outlivesIt() {
        try (Workspace workspace = Workspace.open()) {
            INDArray kept = null;
            for (int i = 0; i < 3; i++) {
                try (StepScope step = StepScope.open(workspace)) {
                    kept = step.keep(x.multiply(x).sum().backward().of(x));
                }
            }

            assertThat(kept.add(0)).isIdenticalTo(Nd4j.createFromArray(4.0, 6.0));
        }
    }

    @Test
    void backward_inScopesOfGrowingAndShrinkingSize_agreesWithOutside() {
        try (Workspace workspace = Workspace.open()) {
            for (int rows : new int[] {3, 3, 40, 5, 200, 7}) {
                Variable weight = Variable.parameter("weight", RandomTensors.normal(1, 5, 4));
                INDArray input = RandomTensors.normal(2, rows, 4);
                INDArray expected = gradient(weight, input);
                try (StepScope step = StepScope.open(workspace)) {
                    INDArray kept = step.keep(gradient(weight, input));
                    assertThat(kept).isIdenticalTo(expected);
                }
            }
        }
    }

    private static INDArray gradient(Variable weight, INDArray input) {
        return Variable.constant(input.dup('c'))
                .matmulTransposed(weight)
                .gelu()
                .softmax()
                .l2Normalize(1e-12)
                .backward(RandomTensors.normal(3, input.size(0), 5))
                .of(weight);
    }

    @Test
    void scale_one_isTheVariableItself() {
        Variable x = Variable.parameter("x", Nd4j.createFromArray(1.0, -2.0));

        assertThat(x.scale(1)).isSameAs(x);
        assertThat(x.scale(2)).isNotSameAs(x);
    }
}
