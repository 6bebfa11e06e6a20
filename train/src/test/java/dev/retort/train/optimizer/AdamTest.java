package dev.retort.train.optimizer;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.core.RandomTensors;
import dev.retort.core.TensorAssert;
import dev.retort.train.optimizer.AdamSettings.WeightDecay;
import dev.retort.train.schedule.Schedule;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AdamTest {

    private static final int V = 13;
    private static final int H = 5;

    // ---- the equations ----

    @Test
    void update_firstStep_movesEachElementByTheRate() {
        // t = 1: m / (1 - β₁) = g and √v / √(1 - β₂) = |g|, so θ moves by η g / (|g| + ε)
        Variable x = parameter("x", Nd4j.createFromArray(1.0, -2.0, 3.0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            adam.update(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(0.5, -4.0, 0.0)));
        }
        assertThat(x.value())
                .isCloseTo(Nd4j.createFromArray(1 - 0.1 * 0.5 / (0.5 + 1e-8), -2 + 0.1 * 4 / (4 + 1e-8), 3), 1e-15);
    }

    @Test
    void update_smallGradient_addsEpsilonToTheCorrectedRoot() {
        // as large as ε, so half the rate; with ε inside the root or before the correction it would be something else
        Variable x = parameter("x", Nd4j.createFromArray(0.0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            adam.update(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(1e-8)));
        }
        assertThat(x.value().getDouble(0)).isCloseTo(-0.05, within(1e-12));
    }

    @ParameterizedTest
    @EnumSource(WeightDecay.class)
    void update_float64OverSteps_followsTheAlgorithmAsPyTorchWritesIt(WeightDecay decay) {
        AdamSettings settings = new AdamSettings(0.8, 0.95, 1e-6, decay);
        compareWithAlgorithm(settings, DataType.DOUBLE, 1e-13, 7, 40);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 191, 192, 193, 300_000})
    void update_float32OfAnySize_followsTheAlgorithmAsPyTorchWritesIt(long size) {
        compareWithAlgorithm(AdamSettings.adamW(), DataType.FLOAT, 2e-6, 4, size);
    }

    private static void compareWithAlgorithm(
            AdamSettings settings, DataType type, double tolerance, int steps, long size) {
        Variable x = parameter("x", RandomTensors.normal(type, 1, size));
        double[] expected = TensorAssert.elements(x.value());
        double[] m = new double[expected.length];
        double[] v = new double[expected.length];
        double rate = 0.02;
        double lambda = 0.3;
        try (Adam adam = new Adam(settings, 2)) {
            for (int t = 1; t <= steps; t++) {
                INDArray gradient = RandomTensors.normal(type, 10 + t, size);
                adam.update(groups(rate, lambda, x), dense(x, gradient));
                algorithm(settings, rate, lambda, t, TensorAssert.elements(gradient), expected, m, v);
            }
        }
        assertThat(x.value()).isCloseTo(Nd4j.createFromArray(expected), tolerance);
    }

    /** _single_tensor_adam of torch/optim/adam.py. */
    private static void algorithm(
            AdamSettings settings, double rate, double lambda, int t, double[] g, double[] x, double[] m, double[] v) {
        boolean decoupled = settings.weightDecay() == WeightDecay.DECOUPLED;
        double firstCorrection = 1 - Math.pow(settings.beta1(), t);
        double secondCorrection = 1 - Math.pow(settings.beta2(), t);
        for (int i = 0; i < x.length; i++) {
            double gradient = decoupled ? g[i] : g[i] + lambda * x[i];
            x[i] *= decoupled ? 1 - rate * lambda : 1;
            m[i] = settings.beta1() * m[i] + (1 - settings.beta1()) * gradient;
            v[i] = settings.beta2() * v[i] + (1 - settings.beta2()) * gradient * gradient;
            double denominator = Math.sqrt(v[i]) / Math.sqrt(secondCorrection) + settings.epsilon();
            x[i] -= rate / firstCorrection * m[i] / denominator;
        }
    }

    @Test
    void update_gradientInAnotherLayout_isReadByPlace() {
        INDArray gradient = RandomTensors.normal(3, V, H);
        INDArray expected = after(x -> dense(x, gradient), 1);
        INDArray transposed = gradient.permute(1, 0).dup('c');
        INDArray moved = after(
                x -> x.permute(1, 0)
                        .multiply(Variable.constant(transposed))
                        .sum()
                        .backward(),
                1);
        assertThat(moved).isIdenticalTo(expected);
    }

    @Test
    void update_factor_scalesTheGradientFirst() {
        INDArray gradient = RandomTensors.normal(3, V, H);
        INDArray byFactor = after(x -> dense(x, gradient), 0.25);
        INDArray byHand = after(x -> dense(x, gradient.mul(0.25)), 1);
        assertThat(byFactor).isIdenticalTo(byHand);
    }

    private static INDArray after(Function<Variable, Gradients> gradients, double factor) {
        Variable x = parameter("x", RandomTensors.normal(1, V, H));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            adam.update(groups(0.1, 0.01, x), gradients.apply(x), factor);
            adam.update(groups(0.1, 0.01, x), gradients.apply(x), factor);
        }
        return x.value();
    }

    @Test
    void update_severalThreads_givesTheSameBits() {
        INDArray one = trainedBy(1);
        assertThat(trainedBy(2)).isIdenticalTo(one);
        assertThat(trainedBy(5)).isIdenticalTo(one);
    }

    private static INDArray trainedBy(int threads) {
        Variable x = parameter("x", RandomTensors.normal(DataType.FLOAT, 1, 1100, 257));
        try (Adam adam = new Adam(AdamSettings.adamW(), threads)) {
            for (int step = 0; step < 3; step++) {
                adam.update(groups(0.1, 0.01, x), dense(x, RandomTensors.normal(DataType.FLOAT, step, 1100, 257)));
            }
        }
        return x.value();
    }

    // ---- groups ----

    @Test
    void update_groups_haveTheirOwnRateDecayAndSchedule() {
        Variable x = parameter("x", Nd4j.createFromArray(1.0));
        Variable y = parameter("y", Nd4j.createFromArray(1.0));
        Variable z = parameter("z", Nd4j.createFromArray(1.0));
        INDArray gradient = Nd4j.createFromArray(1.0);
        try (Adam adam = new Adam(AdamSettings.adamW(), 1)) {
            List<ParameterGroup> groups = List.of(
                    ParameterGroup.of("fast", List.of(x), 0.1),
                    new ParameterGroup("decaying", List.of(y), 0.1, 0.5, Schedule.constant()),
                    new ParameterGroup("scheduled", List.of(z), 0.1, 0, step -> step == 1 ? 2 : 0));
            for (int step = 0; step < 2; step++) {
                Gradients gradients = new GivenGradients()
                        .dense(x, gradient)
                        .dense(y, gradient)
                        .dense(z, gradient)
                        .gradients();
                adam.update(groups, gradients);
            }
            assertThat(adam.updates()).isEqualTo(2);
        }
        assertThat(x.value().getDouble(0)).isCloseTo(0.8, within(1e-7));
        assertThat(y.value().getDouble(0)).isCloseTo((0.95 - 0.1) * 0.95 - 0.1, within(1e-7));
        assertThat(z.value().getDouble(0)).isCloseTo(0.8, within(1e-7)); // 0.1 x 2 at step 1 only
    }

    @Test
    void update_parameterThatJoinsLater_startsAtItsFirstStep() {
        Variable early = parameter("early", Nd4j.createFromArray(0.0));
        Variable late = parameter("late", Nd4j.createFromArray(0.0));
        INDArray gradient = Nd4j.createFromArray(3.0);
        List<ParameterGroup> groups = groups(0.1, 0.5, early, late);
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            for (int step = 0; step < 10; step++) {
                adam.update(groups, dense(early, gradient));
            }
            assertThat(late.value().getDouble(0))
                    .as("frozen: neither moved nor decayed")
                    .isZero();
            assertThat(adam.stateBytes()).as("m and v of one float64").isEqualTo(16);
            adam.update(
                    groups,
                    new GivenGradients()
                            .dense(early, gradient)
                            .dense(late, gradient)
                            .gradients());
        }
        assertThat(late.value().getDouble(0)).isCloseTo(-0.1, within(1e-8)); // η: bias correction of t = 1
    }

    // ---- rows ----

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void update_rowSparse_givesTheBitsOfDense(DataType type) {
        int width = 300; // more than a piece
        Variable sparse = parameter("table", RandomTensors.normal(type, 1, V, width));
        Variable dense = parameter("table", RandomTensors.normal(type, 1, V, width));
        int[][] rows = {{2, 7}, {7, 11, 12}, {0}, {2, 3}};
        try (Adam adam = new Adam(AdamSettings.adam(), 2);
                Adam denseAdam = new Adam(AdamSettings.adam(), 2)) {
            for (int step = 0; step < rows.length; step++) {
                INDArray values = RandomTensors.normal(type, 20 + step, rows[step].length, width);
                INDArray all = Nd4j.zeros(type, V, width);
                for (int i = 0; i < rows[step].length; i++) {
                    all.putRow(rows[step][i], values.getRow(i));
                }
                Gradients rowSparse =
                        new GivenGradients().rows(sparse, values, rows[step]).gradients();
                adam.update(groups(0.1, 0, sparse), rowSparse, 0.7);
                denseAdam.update(groups(0.1, 0, dense), dense(dense, all), 0.7);
                assertThat(sparse.value()).isIdenticalTo(dense.value());
            }
            assertThat(adam.stateBytes()).isEqualTo(2L * 6 * width * type.width()); // rows 0, 2, 3, 7, 11, 12
            assertThat(denseAdam.stateBytes()).isEqualTo(2L * V * width * type.width());
        }
        INDArray start = RandomTensors.normal(type, 1, V, width);
        assertThat(sparse.value().getRow(5)).isIdenticalTo(start.getRow(5));
        assertThat(sparse.value().getRow(7).sub(start.getRow(7)).amaxNumber().doubleValue())
                .isPositive();
    }

    @Test
    void update_rowSparseAndDenseByTurns_givesTheBitsOfDense() {
        Variable mixed = parameter("table", RandomTensors.normal(1, V, H));
        Variable dense = parameter("table", RandomTensors.normal(1, V, H));
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Adam denseAdam = new Adam(AdamSettings.adam(), 1)) {
            for (int step = 0; step < 6; step++) {
                INDArray values = RandomTensors.normal(20 + step, 1, H);
                INDArray all =
                        step % 3 == 1 ? RandomTensors.normal(40 + step, V, H) : Nd4j.zeros(DataType.DOUBLE, V, H);
                if (step % 3 != 1) {
                    all.putRow(step, values.getRow(0));
                }
                Gradients given = step % 3 == 1
                        ? dense(mixed, all)
                        : new GivenGradients().rows(mixed, values, step).gradients();
                adam.update(groups(0.1, 0, mixed), given);
                denseAdam.update(groups(0.1, 0, dense), dense(dense, all));
            }
        }
        assertThat(mixed.value()).isIdenticalTo(dense.value());
    }

    @ParameterizedTest
    @EnumSource(WeightDecay.class)
    void update_rowSparseInADecayingGroup_decaysEveryRow(WeightDecay decay) {
        AdamSettings settings = new AdamSettings(0.9, 0.999, 1e-8, decay);
        Variable sparse = parameter("table", RandomTensors.normal(1, V, H));
        Variable dense = parameter("table", RandomTensors.normal(1, V, H));
        INDArray values = RandomTensors.normal(20, 1, H);
        INDArray all = Nd4j.zeros(DataType.DOUBLE, V, H);
        all.putRow(4, values.getRow(0));
        try (Adam adam = new Adam(settings, 1);
                Adam denseAdam = new Adam(settings, 1)) {
            for (int step = 0; step < 3; step++) {
                adam.update(
                        groups(0.1, 0.2, sparse),
                        new GivenGradients().rows(sparse, values, 4).gradients());
                denseAdam.update(groups(0.1, 0.2, dense), dense(dense, all));
            }
        }
        assertThat(sparse.value()).isIdenticalTo(dense.value());
    }

    // ---- shares ----

    @Test
    void update_denseShares_givesTheBitsOfTheirSum() {
        INDArray one = RandomTensors.normal(DataType.FLOAT, 3, V, 300);
        INDArray other = RandomTensors.normal(DataType.FLOAT, 4, V, 300);
        Variable x = parameter("x", RandomTensors.normal(DataType.FLOAT, 1, V, 300));
        Variable y = parameter("x", RandomTensors.normal(DataType.FLOAT, 1, V, 300));
        try (Adam adam = new Adam(AdamSettings.adam(), 2);
                Adam ofSum = new Adam(AdamSettings.adam(), 2)) {
            List<Gradients> shares = List.of(dense(x, one), dense(x, other));
            Gradients sum = dense(y, one.add(other));
            assertThat(adam.gradientNorm(groups(0.1, 0, x), shares))
                    .isEqualTo(ofSum.gradientNorm(groups(0.1, 0, y), sum));
            adam.update(groups(0.1, 0, x), shares, 0.5);
            ofSum.update(groups(0.1, 0, y), sum, 0.5);
        }
        assertThat(x.value()).isIdenticalTo(y.value());
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void update_rowSparseShares_givesTheBitsOfTheirSum(DataType type) {
        INDArray one = RandomTensors.normal(type, 3, 2, H);
        INDArray other = RandomTensors.normal(type, 4, 3, H);
        Variable x = parameter("x", RandomTensors.normal(type, 1, V, H));
        Variable y = parameter("x", RandomTensors.normal(type, 1, V, H));
        try (Adam adam = new Adam(AdamSettings.adam(), 2);
                Adam ofSum = new Adam(AdamSettings.adam(), 2)) {
            for (int step = 0; step < 2; step++) {
                List<Gradients> shares = List.of(
                        new GivenGradients().rows(x, one, 2, 7).gradients(),
                        new GivenGradients().rows(x, other, 1, 7, 12).gradients());
                INDArray sum = Nd4j.zeros(type, V, H);
                sum.putRow(2, one.getRow(0));
                sum.putRow(1, other.getRow(0));
                sum.putRow(7, one.getRow(1).add(other.getRow(1)));
                sum.putRow(12, other.getRow(2));
                assertThat(adam.gradientNorm(groups(0.1, 0, x), shares))
                        .isEqualTo(ofSum.gradientNorm(groups(0.1, 0, y), dense(y, sum)));
                adam.update(groups(0.1, 0, x), shares, 1);
                ofSum.update(groups(0.1, 0, y), dense(y, sum));
            }
            assertThat(adam.stateBytes()).as("rows 1, 2, 7, 12").isEqualTo(2L * 4 * H * type.width());
        }
        assertThat(x.value()).isIdenticalTo(y.value());
    }

    @Test
    void update_sharesWithAndWithoutAParameter_takesThoseThatHaveIt() {
        Variable x = parameter("x", Nd4j.createFromArray(0.0));
        Variable y = parameter("y", Nd4j.createFromArray(0.0));
        INDArray gradient = Nd4j.createFromArray(3.0);
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            Gradients both =
                    new GivenGradients().dense(x, gradient).dense(y, gradient).gradients();
            adam.update(groups(0.1, 0, x, y), List.of(dense(x, gradient.neg()), both), 1);
        }
        assertThat(x.value().getDouble(0)).as("3 - 3").isZero();
        assertThat(y.value().getDouble(0)).isCloseTo(-0.1, within(1e-8));
    }

    @Test
    void update_denseAndRowSparseShare_addsThem() {
        INDArray everything = RandomTensors.normal(3, V, H);
        INDArray row = RandomTensors.normal(4, 1, H);
        Variable x = parameter("x", RandomTensors.normal(1, V, H));
        Variable y = parameter("x", RandomTensors.normal(1, V, H));
        INDArray sum = everything.dup();
        sum.putRow(6, everything.getRow(6).add(row.getRow(0)));
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Adam ofSum = new Adam(AdamSettings.adam(), 1)) {
            Gradients sparse = new GivenGradients().rows(x, row, 6).gradients();
            adam.update(groups(0.1, 0, x), List.of(sparse, dense(x, everything)), 1);
            ofSum.update(groups(0.1, 0, y), dense(y, sum));
        }
        assertThat(x.value()).isCloseTo(y.value(), 1e-15);
    }

    // ---- the norm ----

    @Test
    void gradientNorm_isOverAllParametersTogether() {
        Variable x = parameter("x", Nd4j.createFromArray(0.0, 0.0));
        Variable y = parameter("y", Nd4j.zeros(DataType.DOUBLE, 2, 2));
        Variable frozen = parameter("frozen", Nd4j.createFromArray(0.0));
        Gradients gradients = new GivenGradients()
                .dense(x, Nd4j.createFromArray(1.0, -2.0))
                .dense(y, Nd4j.createFromArray(new double[][] {{2, 0}, {0, 4}}))
                .gradients();
        try (Adam adam = new Adam(AdamSettings.adam(), 2)) {
            assertThat(adam.gradientNorm(groups(0.1, 0, x, y, frozen), gradients))
                    .isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void gradientNorm_rowSparseOrDenseOnAnyThreads_isTheSameNumber(DataType type) {
        int width = 301;
        INDArray values = RandomTensors.normal(type, 3, 2, width);
        INDArray all = Nd4j.zeros(type, 3000, width);
        all.putRow(7, values.getRow(0));
        all.putRow(2900, values.getRow(1));
        Variable x = parameter("x", Nd4j.zeros(type, 3000, width));
        double squares = 0;
        for (double element : TensorAssert.elements(values)) {
            squares += element * element;
        }
        try (Adam adam = new Adam(AdamSettings.adam(), 1);
                Adam threefold = new Adam(AdamSettings.adam(), 3)) {
            double norm = adam.gradientNorm(groups(0.1, 0, x), dense(x, all));
            assertThat(norm).isCloseTo(Math.sqrt(squares), within(1e-12));
            assertThat(threefold.gradientNorm(groups(0.1, 0, x), dense(x, all))).isEqualTo(norm);
            Gradients sparse = new GivenGradients().rows(x, values, 7, 2900).gradients();
            assertThat(adam.gradientNorm(groups(0.1, 0, x), sparse)).isEqualTo(norm);
        }
    }

    @Test
    void gradientNorm_squaresBeyondFloat32_areSummedInFloat64() {
        Variable x = parameter("x", Nd4j.createFromArray(0f, 0f));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            assertThat(adam.gradientNorm(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(3e30f, 4e30f))))
                    .isCloseTo(5e30, within(1e24));
            assertThat(adam.gradientNorm(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(3f, Float.NaN))))
                    .isNaN();
        }
    }

    // ---- refusals ----

    @Test
    void update_nameTwice_isRefused() {
        Variable x = parameter("x", Nd4j.createFromArray(1.0));
        Variable other = parameter("x", Nd4j.createFromArray(1.0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> adam.update(groups(0.1, 0, x, other), dense(x, Nd4j.createFromArray(1.0))))
                    .withMessage("parameter group all: x (1): a parameter of this name occurred before");
        }
    }

    @Test
    void update_otherShapeUnderTheSameName_isRefusedBeforeAnythingMoves() {
        Variable x = parameter("x", Nd4j.createFromArray(1.0));
        Variable y = parameter("y", Nd4j.createFromArray(1.0));
        Variable longer = parameter("y", Nd4j.createFromArray(1.0, 2.0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            adam.update(groups(0.1, 0, y), dense(y, Nd4j.createFromArray(1.0)));
            Gradients gradients = new GivenGradients()
                    .dense(x, Nd4j.createFromArray(1.0))
                    .dense(longer, Nd4j.createFromArray(1.0, 1.0))
                    .gradients();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> adam.update(groups(0.1, 0, x, longer), gradients))
                    .withMessage("optimiser: y: the moments are DOUBLE (1), the parameter is DOUBLE (2)");
            assertThat(adam.updates()).isEqualTo(1);
        }
        assertThat(x.value().getDouble(0)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -1})
    void update_factorThatIsNone_isRefused(double factor) {
        Variable x = parameter("x", Nd4j.createFromArray(1.0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> adam.update(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(1.0)), factor))
                    .withMessage("gradientFactor: expected a number of 0 or more, got " + factor);
        }
    }

    @Test
    void update_parameterOfIntegersOrColumnMajor_isRefused() {
        Variable columns = parameter("x", RandomTensors.normal(1, 3, 2).permute(1, 0));
        try (Adam adam = new Adam(AdamSettings.adam(), 1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> adam.update(groups(0.1, 0, columns), dense(columns, RandomTensors.normal(1, 2, 3))))
                    .withMessage("x (2, 3): is not row-major, so it cannot be updated in place");
        }
    }

    @Test
    void update_afterClose_isRefused() {
        Variable x = parameter("x", Nd4j.createFromArray(1.0));
        Adam adam = new Adam(AdamSettings.adam(), 2);
        adam.close();
        adam.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> adam.update(groups(0.1, 0, x), dense(x, Nd4j.createFromArray(1.0))))
                .withMessage("optimiser: already closed");
    }

    // ---- what the tests share ----

    private static Variable parameter(String name, INDArray value) {
        return Variable.parameter(name, value);
    }

    private static Gradients dense(Variable x, INDArray gradient) {
        return new GivenGradients().dense(x, gradient).gradients();
    }

    private static List<ParameterGroup> groups(double rate, double decay, Variable... parameters) {
        return List.of(new ParameterGroup("all", List.of(parameters), rate, decay, Schedule.constant()));
    }
}
