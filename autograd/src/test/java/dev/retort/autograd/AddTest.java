package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import dev.retort.core.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AddTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_sameShape_followsTheFormula(DataType type) {
        Variable a = Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}, {4, 5, 6}})
                .castTo(type));
        Variable b = Variable.constant(Nd4j.createFromArray(new double[][] {{10, 20, 30}, {-1, 0, 1}})
                .castTo(type));

        // elementwise
        assertThat(a.add(b).value()).hasType(type).isIdenticalTo(Nd4j.createFromArray(new double[][] {
            {11, 22, 33}, {3, 5, 7}
        }));
    }

    @Test
    void forward_everyPairThatBroadcasts_agreesWithLoops() {
        for (long[][] shapes : BROADCASTS) {
            INDArray a = RandomTensors.normal(1, shapes[0]);
            INDArray b = RandomTensors.normal(2, shapes[1]);

            INDArray y = Variable.constant(a).add(Variable.constant(b)).value();

            assertThat(y).hasShape(shapes[2]);
            long[] index = new long[shapes[2].length];
            for (long element = 0; element < y.length(); element++) {
                long rest = element;
                for (int axis = index.length - 1; axis >= 0; axis--) {
                    index[axis] = rest % shapes[2][axis];
                    rest /= shapes[2][axis];
                }
                assertThat(y.getDouble(index)).isEqualTo(at(a, index) + at(b, index));
            }
        }
    }

    @Test
    void gradient_everyPairThatBroadcasts_agreesWithDifferences() {
        for (long[][] shapes : BROADCASTS) {
            GradientCheck.of(
                            "add " + Shape.toString(shapes[0]) + Shape.toString(shapes[1]),
                            v -> v.get(0).add(v.get(1)))
                    .check(RandomTensors.normal(1, shapes[0]), RandomTensors.normal(2, shapes[1]));
        }
    }

    @Test
    void gradient_bothInputsAreOne_addsUp() {
        GradientCheck.of("add with itself", v -> v.get(0).add(v.get(0))).check(RandomTensors.normal(1, 2, 3));
    }

    @Test
    void layouts_everyPairThatBroadcasts_givesTheSame() {
        for (long[][] shapes : BROADCASTS) {
            LayoutCheck.sameOnEveryLayout(
                    v -> v.get(0).add(v.get(1)),
                    RandomTensors.normal(1, shapes[0]),
                    RandomTensors.normal(2, shapes[1]));
        }
    }

    @Test
    void rejects_shapesThatDoNotBroadcast() {
        Variable a = Variable.constant(Nd4j.ones(2, 3));

        assertThatThrownBy(() -> a.add(Variable.constant(Nd4j.ones(2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("add: shapes do not broadcast: a (2, 3), b (2)");
        assertThatThrownBy(() -> a.add(Variable.constant(Nd4j.ones(5, 3))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Shape of a, of b, of the result. */
    private static final long[][][] BROADCASTS = {
        {{2, 3}, {2, 3}, {2, 3}},
        {{2, 3}, {3}, {2, 3}},
        {{2, 3}, {2, 1}, {2, 3}},
        {{2, 1}, {1, 3}, {2, 3}},
        {{2, 3}, {}, {2, 3}},
        {{3}, {4, 2, 3}, {4, 2, 3}},
        {{4, 2, 3}, {4, 1, 3}, {4, 2, 3}},
        {{4, 2, 3}, {2, 3}, {4, 2, 3}},
        {{2, 4, 1, 3}, {4, 5, 1}, {2, 4, 5, 3}},
        {{1}, {2, 3}, {2, 3}},
    };

    /** The element that broadcasting puts at a place of the result. */
    private static double at(INDArray x, long[] index) {
        if (x.rank() == 0) {
            return x.getDouble();
        }
        long[] own = new long[x.rank()];
        for (int axis = 0; axis < own.length; axis++) {
            own[axis] = x.size(axis) == 1 ? 0 : index[index.length - own.length + axis];
        }
        return x.getDouble(own);
    }
}
