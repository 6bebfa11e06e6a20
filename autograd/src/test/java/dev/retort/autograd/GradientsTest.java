package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GradientsTest {

    private final Variable x = Variable.parameter("x", Nd4j.ones(DataType.DOUBLE, 2, 1, 3));

    @Test
    void add_broadcastInput_sumsOverTheStretchedAxes() {
        Gradients gradients = new Gradients();

        gradients.add(x, () -> Nd4j.ones(DataType.DOUBLE, 5, 2, 4, 3));

        // 5 new in front, 4 stretched from one
        assertThat(gradients.of(x)).isIdenticalTo(Nd4j.valueArrayOf(new long[] {2, 1, 3}, 20.0, DataType.DOUBLE));
    }

    @Test
    void add_severalShares_accumulatesWithoutChangingAny() {
        INDArray share = Nd4j.ones(DataType.DOUBLE, 2, 1, 3);
        Gradients gradients = new Gradients();

        gradients.add(x, () -> share);
        gradients.add(x, () -> share);
        gradients.add(x, () -> share);

        assertThat(gradients.of(x)).isIdenticalTo(Nd4j.valueArrayOf(new long[] {2, 1, 3}, 3.0, DataType.DOUBLE));
        assertThat(share).isIdenticalTo(Nd4j.ones(DataType.DOUBLE, 2, 1, 3));
    }

    @Test
    void add_constant_neverAsksForTheShare() {
        Gradients gradients = new Gradients();
        Variable constant = Variable.constant(Nd4j.ones(2));

        gradients.add(constant, () -> {
            throw new AssertionError("asked");
        });

        assertThat(gradients.contains(constant)).isFalse();
    }

    @Test
    void add_shareThatDoesNotReduceToTheInput_isRejected() {
        Gradients gradients = new Gradients();

        assertThatThrownBy(() -> gradients.add(x, () -> Nd4j.ones(DataType.DOUBLE, 2, 1, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gradient: expected (2, 1, 3), got (2, 1, 4)");
        assertThatThrownBy(() -> gradients.add(x, () -> Nd4j.ones(DataType.DOUBLE, 3)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void of_intermediateUnusedOrFrozen_saysWhyThereIsNone() {
        Variable intermediate = x.scale(2);
        Variable unused = Variable.parameter("unused", Nd4j.ones(2));
        Variable frozen = Variable.constant("frozen", Nd4j.ones(2));
        Gradients gradients = intermediate.sum().backward();

        assertThat(gradients.contains(x)).isTrue();
        assertThat(gradients.contains(intermediate)).isFalse();
        assertThatThrownBy(() -> gradients.of(intermediate))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Scale (2, 1, 3): has no gradient: the loss does not depend on it, or it is no leaf");
        assertThatThrownBy(() -> gradients.of(unused))
                .hasMessage("unused (2): has no gradient: the loss does not depend on it, or it is no leaf");
        assertThatThrownBy(() -> gradients.of(frozen)).hasMessage("frozen (2): has no gradient: it requires none");
    }
}
