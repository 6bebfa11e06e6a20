package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomStream;
import dev.retort.core.RandomTensors;
import dev.retort.core.TensorAssert;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DropoutTest {

    private static final RandomStream RANDOM = new RandomStream(7, 3, 2);

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_handSizedInput_keepsAndScalesOrDrops(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}})
                .castTo(type));

        INDArray y = x.dropout(0.6, RANDOM).value();

        // an element survives where uniform(i) >= p, divided by 1 - p
        double[] expected = new double[6];
        for (int i = 0; i < 6; i++) {
            expected[i] = RANDOM.uniform(i) < 0.6 ? 0 : (i + 1) / 0.4;
        }
        assertThat(expected).contains(0).isNotEqualTo(new double[6]);
        assertThat(y)
                .hasType(type)
                .isCloseToLargest(Nd4j.createFromArray(expected).reshape('c', 2, 3), 1e-6);
    }

    @Test
    void forward_manyElements_dropsTheGivenShareAndKeepsTheMean() {
        Variable ones = Variable.constant(Nd4j.ones(DataType.DOUBLE, 100, 1000));

        double[] y = TensorAssert.elements(ones.dropout(0.1, RANDOM).value());

        long dropped = Arrays.stream(y).filter(value -> value == 0).count();
        assertThat(dropped / 1e5).isBetween(0.095, 0.105); // five standard deviations: 5 √(0.09 / 1e5) = 0.0047
        assertThat(Arrays.stream(y).average().orElseThrow()).isBetween(0.994, 1.006);
    }

    @Test
    void forward_anotherStepOrSite_drawsAnotherMask() {
        Variable ones = Variable.constant(Nd4j.ones(DataType.DOUBLE, 20, 20));
        INDArray first = ones.dropout(0.5, RANDOM).value();

        assertThat(ones.dropout(0.5, RANDOM).value()).isIdenticalTo(first);
        for (RandomStream other :
                List.of(new RandomStream(8, 3, 2), new RandomStream(7, 4, 2), new RandomStream(7, 3, 3))) {
            // half of the 400 elements differ, each by 2
            assertThat(ones.dropout(0.5, other).value().distance1(first)).isBetween(300.0, 500.0);
        }
    }

    @Test
    void forward_probabilityZero_isTheInputItself() {
        Variable x = Variable.constant(Nd4j.ones(2, 3));

        assertThat(x.dropout(0, RANDOM)).isSameAs(x);
    }

    @Test
    void gradient_someElementsDropped_agreesWithDifferences() {
        GradientCheck.of("dropout", v -> v.get(0).dropout(0.4, RANDOM)).check(RandomTensors.normal(1, 3, 5));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSameMask() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).dropout(0.4, RANDOM), RandomTensors.normal(1, 2, 3, 5));
    }

    @Test
    void rejects_probabilityOutsideItsRange() {
        Variable x = Variable.constant(Nd4j.ones(2, 3));

        for (double probability : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> x.dropout(probability, RANDOM))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dropout: probability must be in [0, 1), got " + probability);
        }
    }
}
