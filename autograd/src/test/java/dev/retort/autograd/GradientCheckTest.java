package dev.retort.autograd;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.retort.core.Layouts;
import dev.retort.core.RandomTensors;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The check must notice every kind of mistake it is there for. */
class GradientCheckTest {

    private final INDArray matrix = RandomTensors.normal(1, 2, 3);

    /** One input; forward and the share of its gradient, given x and dy. */
    private record Custom(Variable x, UnaryOperator<INDArray> value, BiFunction<INDArray, INDArray, INDArray> share)
            implements Operation {

        @Override
        public List<Variable> inputs() {
            return List.of(x);
        }

        @Override
        public INDArray forward() {
            return value.apply(x.value());
        }

        @Override
        public void backward(INDArray y, INDArray dy, Gradients gradients) {
            gradients.add(x, () -> share.apply(x.value(), dy));
        }
    }

    private static GradientCheck checkOf(
            String name, UnaryOperator<INDArray> value, BiFunction<INDArray, INDArray, INDArray> share) {
        return GradientCheck.of(name, v -> Variable.resultOf(new Custom(v.get(0), value, share)));
    }

    @Test
    void check_rightDerivative_passes() {
        assertThatCode(() -> checkOf(
                                "square", x -> x.mul(x), (x, dy) -> dy.mul(x).mul(2))
                        .check(matrix))
                .doesNotThrowAnyException();
    }

    @Test
    void check_wrongDerivative_throwsTheFiveFacts() {
        INDArray x = Nd4j.createFromArray(new double[][] {{0, 0, 3}, {1, 2, 0}});
        GradientCheck check =
                checkOf("square", v -> v.mul(v), (v, dy) -> dy.mul(v).mul(3)); // should be 2

        GradientMismatchError error = catchThrowableOfType(GradientMismatchError.class, () -> check.check(x));

        assertThat(error.operation()).isEqualTo("square");
        assertThat(error.input()).isZero();
        assertThat(error.index()).containsExactly(0, 2);
        assertThat(error.analytic() / error.numeric()).isCloseTo(1.5, within(1e-6));
        assertThat(error)
                .hasMessageStartingWith("square: gradient of input 0 at [0, 2]: analytic " + error.analytic()
                        + ", numeric " + error.numeric() + ", relative error ");
    }

    @Test
    void check_secondInputWrong_namesIt() {
        GradientCheck check = GradientCheck.of(
                "product",
                v -> v.get(0)
                        .multiply(Variable.resultOf(new Custom(v.get(1), x -> x.add(0), (x, dy) -> dy.mul(1.001)))));

        GradientMismatchError error = catchThrowableOfType(
                GradientMismatchError.class, () -> check.check(matrix, RandomTensors.normal(2, 2, 3)));

        assertThat(error.input()).isEqualTo(1);
    }

    @Test
    void check_swappedAxes_fails() {
        INDArray square = RandomTensors.normal(1, 3, 3);
        GradientCheck check =
                checkOf("transpose", x -> x.transpose().dup('c'), (x, dy) -> dy.dup('c')); // should be dyᵀ

        assertThatThrownBy(() -> check.check(square)).isInstanceOf(GradientMismatchError.class);
    }

    @Test
    void check_derivativeThatIsRightOnlyUnderASum_fails() {
        GradientCheck check =
                checkOf("softmax without its gradient", x -> Nd4j.nn().softmax(x, 1), (x, dy) -> dy.mul(0));

        assertThatThrownBy(() -> check.check(matrix)).isInstanceOf(GradientMismatchError.class);
    }

    @Test
    void check_wrongInOneElementOnly_fails() {
        GradientCheck check = checkOf("identity", x -> x.add(0), (x, dy) -> {
            INDArray dx = dy.dup('c');
            dx.putScalar(1, 2, dx.getDouble(1, 2) + 1e-4);
            return dx;
        });

        GradientMismatchError error = catchThrowableOfType(GradientMismatchError.class, () -> check.check(matrix));

        assertThat(error.index()).containsExactly(1, 2);
    }

    @Test
    void check_nan_fails() {
        GradientCheck check = checkOf("nan", x -> x.add(0), (x, dy) -> dy.mul(Double.NaN));

        assertThatThrownBy(() -> check.check(matrix)).isInstanceOf(GradientMismatchError.class);
        GradientCheck nanForward = checkOf("nan", x -> x.mul(Double.NaN), (x, dy) -> dy);
        assertThatThrownBy(() -> nanForward.check(matrix)).isInstanceOf(GradientMismatchError.class);
    }

    @Test
    void check_forwardOrBackwardChangesAnInput_fails() {
        assertThatThrownBy(() -> checkOf("greedy", x -> x.addi(1).dup('c'), (x, dy) -> dy)
                        .check(matrix.dup('c')))
                .isInstanceOf(AssertionError.class)
                .hasMessage("greedy: forward changed input 0");
        assertThatThrownBy(() -> checkOf("greedy", x -> x.add(0), (x, dy) -> {
                            x.muli(2);
                            return dy;
                        })
                        .check(matrix.dup('c')))
                .hasMessage("greedy: backward changed input 0");
        assertThatThrownBy(() ->
                        checkOf("greedy", x -> x.add(0), (x, dy) -> dy.addi(1)).check(matrix.dup('c')))
                .hasMessage("greedy: backward changed its cotangent");
    }

    @Test
    void check_inputWithoutGradient_fails() {
        BiConsumer<GradientCheck, INDArray[]> run = GradientCheck::check;
        GradientCheck check = GradientCheck.of("first only", v -> v.get(0).scale(2));

        assertThatThrownBy(() -> run.accept(check, new INDArray[] {matrix, matrix}))
                .isInstanceOf(AssertionError.class)
                .hasMessage("first only: input 1: got no gradient");
    }

    @Test
    void check_float32_isRejected() {
        GradientCheck check = GradientCheck.of("scale", v -> v.get(0).scale(2));

        assertThatThrownBy(() -> check.check(matrix.castTo(DataType.FLOAT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("scale: input 0: expected float64, got FLOAT");
    }

    @Test
    void check_inputsOfEveryLayoutAndSize_areReadAndNotChanged() {
        for (long[] shape : new long[][] {{}, {1}, {1, 1}, {3}, {2, 3}, {2, 1, 3}}) {
            INDArray tensor = RandomTensors.normal(1, shape);
            Layouts.of(tensor).forEach((layout, input) -> {
                GradientCheck.of(layout, v -> v.get(0).multiply(v.get(0))).check(input);
                assertThat(input).as(layout).isIdenticalTo(tensor);
            });
        }
    }

    @Test
    void with_stepToleranceAndSeed_changeTheCheck() {
        GradientCheck slightlyOff = checkOf("scale", x -> x.mul(2), (x, dy) -> dy.mul(2.0002));

        assertThatThrownBy(() -> slightlyOff.check(matrix)).isInstanceOf(GradientMismatchError.class);
        slightlyOff.withTolerance(1e-3).check(matrix);
        GradientCheck kink = GradientCheck.of("relu", v -> v.get(0).relu());
        INDArray nearZero = Nd4j.createFromArray(1e-6, -1e-6);
        assertThatThrownBy(() -> kink.check(nearZero)).isInstanceOf(GradientMismatchError.class);
        kink.withStep(1e-7).check(nearZero);
        double one = catchThrowableOfType(GradientMismatchError.class, () -> slightlyOff.check(matrix))
                .numeric();
        double other = catchThrowableOfType(
                        GradientMismatchError.class,
                        () -> slightlyOff.withSeed(2).check(matrix))
                .numeric();
        assertThat(one).isNotEqualTo(other);
    }
}
