package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.core.RandomTensors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ConcatTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void forward_eitherAxis_putsOneAfterTheOther(DataType type) {
        Variable a =
                Variable.constant(Nd4j.createFromArray(new double[][] {{1, 2}}).castTo(type));
        Variable b =
                Variable.constant(Nd4j.createFromArray(new double[][] {{3, 4}}).castTo(type));

        assertThat(Variable.concat(0, List.of(a, b)).value())
                .hasType(type)
                .isRowMajor()
                .isIdenticalTo(Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}}));
        assertThat(Variable.concat(1, List.of(b, a)).value())
                .isRowMajor()
                .isIdenticalTo(Nd4j.createFromArray(new double[][] {{3, 4, 1, 2}}));
    }

    @Test
    void forward_onePart_isThatPart() {
        Variable a = Variable.constant(Nd4j.ones(2, 3));

        assertThat(Variable.concat(0, List.of(a))).isSameAs(a);
    }

    @Test
    void gradient_everyAxis_agreesWithDifferences() {
        GradientCheck.of("concat 0", v -> Variable.concat(0, v))
                .check(RandomTensors.normal(1, 2, 3), RandomTensors.normal(2, 1, 3), RandomTensors.normal(3, 4, 3));
        GradientCheck.of("concat 1", v -> Variable.concat(1, v))
                .check(RandomTensors.normal(1, 2, 1, 3), RandomTensors.normal(2, 2, 4, 3));
        GradientCheck.of("concat with itself", v -> Variable.concat(0, List.of(v.get(0), v.get(0))))
                .check(RandomTensors.normal(1, 2, 3));
    }

    @Test
    void layouts_permutedAndSlicedInputs_giveTheSame() {
        for (int axis = 0; axis < 3; axis++) {
            int at = axis;
            LayoutCheck.sameOnEveryLayout(
                    v -> Variable.concat(at, v), RandomTensors.normal(1, 2, 3, 4), RandomTensors.normal(2, 2, 3, 4));
        }
    }

    @Test
    void rejects_noPartsAxesAndExtentsThatDoNotFit() {
        Variable a = Variable.constant(Nd4j.ones(2, 3));
        Variable b = Variable.constant(Nd4j.ones(2, 4));

        assertThatThrownBy(() -> Variable.concat(0, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("concat: expected at least one part");
        assertThatThrownBy(() -> Variable.concat(2, List.of(a, a))).hasMessage("concat: axis 2 of constant (2, 3)");
        assertThatThrownBy(() -> Variable.concat(0, List.of(a, b)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("concat: expected (*, 3), got (2, 4)");
    }
}
