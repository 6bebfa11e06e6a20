package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SegmentMaxTest {

    private static final SequenceLayout LAYOUT =
            SequenceLayout.ofLengths(3, 1, 2).excludingFromPooling(1, 0, 0);

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_promptLeftOut_poolsTheOtherRows(DataType type) {
        Variable x = Variable.constant(Nd4j.createFromArray(
                        new double[][] {{90, 90}, {1, 6}, {4, -3}, {5, 7}, {-1, -2}, {-3, -1}})
                .castTo(type));

        // max over rows 1 and 2, row 3, rows 4 and 5
        assertThat(x.segmentMax(LAYOUT).value()).hasType(type).isIdenticalTo(Nd4j.createFromArray(new double[][] {
            {4, 6}, {5, 7}, {-1, -1}
        }));
    }

    @Test
    void gradient_everyElement_agreesWithDifferences() {
        GradientCheck.of("segmentMax", v -> v.get(0).segmentMax(LAYOUT)).check(RandomTensors.normal(1, 6, 4));
        GradientCheck.of("segmentMax of one text", v -> v.get(0).segmentMax(SequenceLayout.ofLengths(3)))
                .check(RandomTensors.normal(1, 3, 1));
    }

    @Test
    void gradient_tie_goesToTheFirstRow() {
        Variable x = Variable.parameter("x", Nd4j.createFromArray(new double[][] {{2}, {3}, {3}}));

        INDArray gradient =
                x.segmentMax(SequenceLayout.ofLengths(3)).sum().backward().of(x);

        assertThat(gradient).isIdenticalTo(Nd4j.createFromArray(new double[][] {{0}, {1}, {0}}));
    }

    @Test
    void layouts_permutedAndSlicedInput_giveTheSame() {
        LayoutCheck.sameOnEveryLayout(v -> v.get(0).segmentMax(LAYOUT), RandomTensors.normal(1, 6, 4));
        LayoutCheck.sameOnEveryLayout(
                v -> v.get(0).segmentMax(SequenceLayout.ofLengths(1)), RandomTensors.normal(1, 1, 4));
    }

    @Test
    void rejects_anotherNumberOfRows() {
        Variable x = Variable.constant(Nd4j.ones(5, 2));

        assertThatThrownBy(() -> x.segmentMax(LAYOUT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("segmentMax: expected (6, *), got (5, 2)");
    }
}
