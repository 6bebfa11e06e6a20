package dev.retort.autograd.fusion;

import static dev.retort.core.TensorAssert.assertThat;
import static dev.retort.core.Tensors.viewRows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.GradientCheck;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.LayoutCheck;
import dev.retort.autograd.Variable;
import dev.retort.core.PackedTokens;
import dev.retort.core.RandomStream;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The definitions: values against loops written out here, gradients against differences, each over layouts of every kind. */
class FusionsTest {

    private static final int HIDDEN = 6;
    private static final int HEADS = 2;
    private static final Fusions FUSIONS = Fusions.definitions();
    private static final AttentionSettings PLAIN = new AttentionSettings(HEADS, DropoutSettings.NONE, null);
    private static final DropoutSettings DROPOUT = new DropoutSettings(0.3, new RandomStream(5, 2, 1));

    static Stream<Arguments> layouts() {
        return Stream.of(
                Arguments.of("runs of equal length", SequenceLayout.ofLengths(3, 3, 2)),
                Arguments.of("length one", SequenceLayout.ofLengths(1, 1, 1)),
                Arguments.of("unsorted lengths", SequenceLayout.ofLengths(2, 4, 2, 1, 3)),
                Arguments.of(
                        "prompt left out of pooling",
                        SequenceLayout.ofLengths(3, 1, 4).excludingFromPooling(1, 0, 3)),
                Arguments.of(
                        "positions with holes", SequenceLayout.ofLengths(new int[] {2, 3}, new int[] {1, 4, 0, 2, 3})));
    }

    // ---- embed ----

    @Test
    void embed_twoTexts_addsWordAndPositionRowsThenNormalises() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {2, 0}, new int[] {2}));
        INDArray words = Nd4j.createFromArray(new double[][] {{1, 1}, {9, 9}, {5, 1}});
        INDArray positions = Nd4j.createFromArray(new double[][] {{0, 2}, {3, 1}});
        Norm norm = new Norm(constant(Nd4j.createFromArray(1.0, 10.0)), constant(Nd4j.createFromArray(0.5, 0.0)), 0);

        Variable embedded = FUSIONS.embed(tokens, constant(words), constant(positions), norm);

        // rows (5, 1) + (0, 2) = (5, 3), (1, 1) + (3, 1) = (4, 2), (5, 1) + (0, 2): each normalised to (1, -1)
        assertThat(embedded.value())
                .isCloseTo(Nd4j.createFromArray(new double[][] {{1.5, -10}, {1.5, -10}, {1.5, -10}}), 1e-12);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void embed_everyLayout_gradientAgreesWithDifferences(String name, SequenceLayout layout) {
        PackedTokens tokens = PackedTokens.of(ids(layout.tokenCount(), 4), layout);
        GradientCheck.of("embed", v -> FUSIONS.embed(tokens, v.get(0), v.get(1), new Norm(v.get(2), v.get(3), 1e-12)))
                .check(normal(1, 4, HIDDEN), normal(2, 5, HIDDEN), normal(3, HIDDEN), normal(4, HIDDEN));
    }

    @Test
    void embed_idOutsideTheTable_isRejected() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {4}));

        assertThatThrownBy(() -> FUSIONS.embed(
                        tokens, constant(normal(1, 4, 2)), constant(normal(2, 3, 2)), norm(2, DataType.DOUBLE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gather: row 4 at 0 is outside 0..3");
    }

    // ---- linear ----

    @Test
    void linear_withAndWithoutBias_isXWTransposedPlusB() {
        Variable x = constant(Nd4j.createFromArray(new double[][] {{1, 2, 3}}));
        Variable w = constant(Nd4j.createFromArray(new double[][] {{1, 0, 1}, {0, -1, 0}}));
        Variable b = constant(Nd4j.createFromArray(10.0, 20.0));

        // (1 + 3, -2), then + (10, 20), then max(·, 0)
        assertThat(FUSIONS.linear(x, new Weight.Plain(w, null), Activation.IDENTITY)
                        .value())
                .isCloseTo(Nd4j.createFromArray(new double[][] {{4, -2}}), 1e-12);
        assertThat(FUSIONS.linear(x, new Weight.Plain(w, b), Activation.IDENTITY)
                        .value())
                .isCloseTo(Nd4j.createFromArray(new double[][] {{14, 18}}), 1e-12);
        assertThat(FUSIONS.linear(x, new Weight.Plain(w, null), Activation.RELU).value())
                .isCloseTo(Nd4j.createFromArray(new double[][] {{4, 0}}), 1e-12);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void linear_everyActivation_gradientAgreesWithDifferences(Activation activation) {
        GradientCheck.of(
                        "linear " + activation,
                        v -> FUSIONS.linear(v.get(0), new Weight.Plain(v.get(1), v.get(2)), activation))
                .check(normal(1, 3, 5), normal(2, 4, 5), normal(3, 4));
        GradientCheck.of(
                        "linear without bias " + activation,
                        v -> FUSIONS.linear(v.get(0), new Weight.Plain(v.get(1), null), activation))
                .check(normal(1, 3, 5), normal(2, 4, 5));
    }

    // ---- linearAddNorm ----

    @Test
    void linearAddNorm_withoutDropout_isLayerNormOfProductPlusResidual() {
        Variable x = constant(Nd4j.createFromArray(new double[][] {{1, 2}}));
        Weight weight = new Weight.Plain(
                constant(Nd4j.createFromArray(new double[][] {{1, 1}, {2, 0}, {0, 1}})),
                constant(Nd4j.createFromArray(1.0, 0.0, 0.0)));
        Variable residual = constant(Nd4j.createFromArray(new double[][] {{-4, -1, 1}}));
        Norm norm = norm(3, DataType.DOUBLE);

        // (3, 2, 2) + (1, 0, 0) + (-4, -1, 1) = (0, 1, 3): mean 4/3, variance 14/9
        double deviation = Math.sqrt(14.0 / 9);
        assertThat(FUSIONS.linearAddNorm(x, weight, DropoutSettings.NONE, residual, norm)
                        .value())
                .isCloseTo(
                        Nd4j.createFromArray(
                                new double[][] {{-4 / 3.0 / deviation, -1 / 3.0 / deviation, 5 / 3.0 / deviation}}),
                        1e-12);
    }

    @Test
    void linearAddNorm_withAndWithoutDropout_gradientAgreesWithDifferences() {
        for (DropoutSettings dropout : List.of(DropoutSettings.NONE, DROPOUT)) {
            GradientCheck.of(
                            "linearAddNorm",
                            v -> FUSIONS.linearAddNorm(
                                    v.get(0),
                                    new Weight.Plain(v.get(1), v.get(2)),
                                    dropout,
                                    v.get(3),
                                    new Norm(v.get(4), v.get(5), 1e-12)))
                    .check(normal(1, 3, 5), normal(2, 4, 5), normal(3, 4), normal(4, 3, 4), normal(5, 4), normal(6, 4));
        }
    }

    @Test
    void linearAddNorm_dropout_dropsTheProductAndNotTheResidual() {
        Variable x = constant(Nd4j.zeros(DataType.DOUBLE, 40, 5));
        Weight weight = new Weight.Plain(constant(normal(1, HIDDEN, 5)), null);
        Variable residual = constant(normal(2, 40, HIDDEN));
        Norm norm = norm(HIDDEN, DataType.DOUBLE);

        INDArray dropped =
                FUSIONS.linearAddNorm(x, weight, DROPOUT, residual, norm).value();

        assertThat(dropped).isIdenticalTo(FUSIONS.normalize(residual, norm).value());
    }

    // ---- dropout ----

    @Test
    void dropout_gradient_agreesWithDifferencesAndDropsTheSameElements() {
        GradientCheck.of("dropout", v -> FUSIONS.dropout(v.get(0), DROPOUT)).check(normal(1, 7, 5));

        Variable ones = Variable.parameter("x", Nd4j.ones(DataType.DOUBLE, 7, 5));
        Variable y = FUSIONS.dropout(ones, DROPOUT);
        assertThat(y.sum().backward().of(ones)).isIdenticalTo(y.value());
    }

    // ---- selfAttention ----

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void selfAttention_everyLayout_agreesWithLoopsOverTextsAndHeads(String name, SequenceLayout layout) {
        INDArray x = normal(1, layout.tokenCount(), HIDDEN);
        List<INDArray> weights = attentionWeights(DataType.DOUBLE);

        Variable context =
                attend(constant(x), weights.stream().map(Variable::constant).toList(), layout, PLAIN);

        assertThat(context.value()).isCloseTo(attentionByLoops(x, weights, layout), 1e-13);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void selfAttention_everyLayout_gradientAgreesWithDifferences(String name, SequenceLayout layout) {
        checkAttentionGradient(layout, DropoutSettings.NONE);
    }

    @Test
    void selfAttention_withDropout_gradientAgreesWithDifferences() {
        checkAttentionGradient(SequenceLayout.ofLengths(3, 3, 2), DROPOUT);
    }

    private static void checkAttentionGradient(SequenceLayout layout, DropoutSettings dropout) {
        List<INDArray> inputs = new ArrayList<>(attentionWeights(DataType.DOUBLE, 4));
        inputs.add(0, normal(1, layout.tokenCount(), 4));
        AttentionSettings settings = new AttentionSettings(HEADS, dropout, null);
        GradientCheck.of("selfAttention", v -> attend(v.get(0), v.subList(1, 7), layout, settings))
                .check(inputs.toArray(INDArray[]::new));
    }

    @Test
    void selfAttention_dropout_isAFunctionOfTheStream() {
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 3);
        INDArray x = normal(1, layout.tokenCount(), HIDDEN);
        INDArray first = attend(x, layout, DROPOUT);
        INDArray nextStep = attend(x, layout, new DropoutSettings(0.3, new RandomStream(5, 3, 1)));

        assertThat(attend(x, layout, DROPOUT)).isIdenticalTo(first);
        assertThat(attend(x, layout, DropoutSettings.NONE).distance2(first)).isPositive();
        assertThat(nextStep.distance2(first)).isPositive();
    }

    @Test
    void selfAttention_dropout_drawsAnotherMaskForEachRun() {
        SequenceLayout layout = SequenceLayout.ofLengths(3, 1, 3); // the first and the last text are the same
        INDArray text = normal(1, 3, HIDDEN);
        INDArray x = Nd4j.concat(0, text, normal(2, 1, HIDDEN), text);
        INDArray plain = attend(x, layout, DropoutSettings.NONE);
        INDArray dropped = attend(x, layout, DROPOUT);

        assertThat(viewRows(plain, 0, 3)).isCloseTo(viewRows(plain, 4, 7), 1e-14);
        assertThat(viewRows(dropped, 0, 3).distance2(viewRows(dropped, 4, 7))).isGreaterThan(1e-3);
    }

    @Test
    void selfAttention_observed_isShownEachRunsWeightsBeforeDropout() {
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 1, 3);
        INDArray x = normal(1, layout.tokenCount(), HIDDEN);
        List<SequenceLayout.Run> runs = new ArrayList<>();
        List<INDArray> seen = new ArrayList<>();
        AttentionSettings settings = new AttentionSettings(HEADS, DROPOUT, null).observedBy((run, weights) -> {
            runs.add(run);
            seen.add(weights.dup('c'));
        });

        attend(constant(x), constants(attentionWeights(DataType.DOUBLE)), layout, settings);

        assertThat(runs).isEqualTo(layout.runs());
        for (int i = 0; i < seen.size(); i++) {
            SequenceLayout.Run run = runs.get(i);
            assertThat(seen.get(i)).hasShape(run.count(), HEADS, run.length(), run.length());
            assertThat(seen.get(i).sum(-1))
                    .isCloseTo(Nd4j.ones(DataType.DOUBLE, run.count(), HEADS, run.length()), 1e-14);
            assertThat(seen.get(i).minNumber().doubleValue()).isPositive();
        }
    }

    @Test
    void selfAttention_rowsOfTheLayoutAreMissing_isRejected() {
        SequenceLayout layout = SequenceLayout.ofLengths(4, 3);

        assertThatThrownBy(() -> attend(normal(1, 6, HIDDEN), layout, DropoutSettings.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("x: expected (7, *), got (6, 6)");
    }

    @Test
    void selfAttention_headsDoNotDivideTheHiddenSize_isRejected() {
        SequenceLayout layout = SequenceLayout.ofLengths(3);
        AttentionSettings settings = new AttentionSettings(4, DropoutSettings.NONE, null);

        assertThatThrownBy(() -> attend(
                        constant(normal(1, 3, HIDDEN)), constants(attentionWeights(DataType.DOUBLE)), layout, settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headCount must divide the hidden size: headCount=4 hiddenSize=6");
        assertThatThrownBy(() -> new AttentionSettings(0, DropoutSettings.NONE, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headCount: expected at least 1, got 0");
    }

    // ---- pool ----

    @Test
    void pool_everyMode_followsItsFormulaOnThePooledRows() {
        // text 0: rows 1 and 2 (row 0 is a prompt), positions 1 and 2; text 1: row 3, position 0
        SequenceLayout layout = SequenceLayout.ofLengths(3, 1).excludingFromPooling(1, 0);
        Variable x = constant(Nd4j.createFromArray(new double[][] {{99, -99}, {1, 6}, {4, -3}, {5, 7}}));

        assertThat(pooled(x, layout, PoolingMode.CLS)).isIdenticalTo(matrix(1, 6));
        assertThat(pooled(x, layout, PoolingMode.LAST_TOKEN)).isIdenticalTo(matrix(4, -3));
        assertThat(pooled(x, layout, PoolingMode.MAX)).isIdenticalTo(matrix(4, 6));
        assertThat(pooled(x, layout, PoolingMode.MEAN)).isCloseTo(matrix(2.5, 1.5), 1e-15);
        double root = Math.sqrt(2);
        assertThat(pooled(x, layout, PoolingMode.MEAN_SQRT_LENGTH)).isCloseTo(matrix(5 / root, 3 / root), 1e-15);
        // (2 x₁ + 3 x₂) / 5
        assertThat(pooled(x, layout, PoolingMode.WEIGHTED_MEAN)).isCloseTo(matrix(14 / 5.0, 3 / 5.0), 1e-15);
    }

    private static INDArray pooled(Variable x, SequenceLayout layout, PoolingMode mode) {
        return FUSIONS.pool(x, layout, mode).value();
    }

    /** The first text's vector, then the second's, which has one row. */
    private static INDArray matrix(double a, double b) {
        return Nd4j.createFromArray(new double[][] {{a, b}, {5, 7}});
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void pool_everyModeAndLayout_gradientAgreesWithDifferences(String name, SequenceLayout layout) {
        for (PoolingMode mode : PoolingMode.values()) {
            GradientCheck.of("pool " + mode, v -> FUSIONS.pool(v.get(0), layout, mode))
                    .check(normal(1, layout.tokenCount(), HIDDEN));
        }
    }

    @ParameterizedTest
    @EnumSource(PoolingMode.class)
    void pool_moreRowsThanTheLayout_isRejected(PoolingMode mode) {
        SequenceLayout layout = SequenceLayout.ofLengths(2, 1);

        assertThatThrownBy(() -> FUSIONS.pool(constant(normal(1, 4, 2)), layout, mode))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hiddenStates: expected (3, *), got (4, 2)");
    }

    // ---- normalize, l2Normalize ----

    @Test
    void normalizeAndL2Normalize_always_gradientAgreesWithDifferences() {
        GradientCheck.of("normalize", v -> FUSIONS.normalize(v.get(0), new Norm(v.get(1), v.get(2), 1e-12)))
                .check(normal(1, 3, HIDDEN), normal(2, HIDDEN), normal(3, HIDDEN));
        GradientCheck.of("l2Normalize", v -> FUSIONS.l2Normalize(v.get(0))).check(normal(1, 3, HIDDEN));
    }

    @Test
    void l2Normalize_threeFour_hasLengthOne() {
        // ‖(3, 4)‖ = 5
        Variable x = constant(Nd4j.createFromArray(new double[][] {{3, 4}}));

        assertThat(FUSIONS.l2Normalize(x).value()).isCloseTo(Nd4j.createFromArray(new double[][] {{0.6, 0.8}}), 1e-15);
    }

    // ---- crossEntropy ----

    @Test
    void crossEntropy_evenLogits_isLogOfTheClassCount() {
        Variable logits = Variable.parameter("logits", Nd4j.zeros(DataType.DOUBLE, 2, 3));

        Variable loss = FUSIONS.crossEntropy(logits, Targets.of(0, 2));

        // log 3; its gradient is (p - one-hot) / 2
        assertThat(loss.value()).hasShape().isCloseTo(Nd4j.scalar(Math.log(3)), 1e-15);
        assertThat(loss.backward().of(logits))
                .isCloseTo(
                        Nd4j.createFromArray(
                                new double[][] {{-1 / 3.0, 1 / 6.0, 1 / 6.0}, {1 / 6.0, 1 / 6.0, -1 / 3.0}}),
                        1e-15);
    }

    @Test
    void crossEntropy_weightsSmoothingAndIgnoredRows_gradientAgreesWithDifferences() {
        double[] weights = {0.5, 2, 1.25};
        for (Targets targets : List.of(
                Targets.of(0, 2, 1, 0),
                Targets.of(0, Targets.IGNORED, 1, Targets.IGNORED),
                new Targets(new int[] {0, 2, 1, 0}, weights, 0),
                new Targets(new int[] {0, Targets.IGNORED, 1, 2}, weights, 0.1))) {
            GradientCheck.of("crossEntropy " + targets, v -> FUSIONS.crossEntropy(v.get(0), targets))
                    .check(normal(1, 4, 3));
        }
    }

    @Test
    void crossEntropy_weightsAndSmoothing_followTheFormula() {
        INDArray logits = normal(1, 3, 3);
        double[] weights = {0.5, 2, 1.25};
        int[] labels = {2, Targets.IGNORED, 0};
        double smoothing = 0.2;
        double sum = 0;
        double divisor = 0;
        for (int b : new int[] {0, 2}) {
            double logSum = Math.log(Math.exp(logits.getDouble(b, 0))
                    + Math.exp(logits.getDouble(b, 1))
                    + Math.exp(logits.getDouble(b, 2)));
            for (int c = 0; c < 3; c++) {
                double target = (c == labels[b] ? 1 - smoothing : 0) + smoothing / 3;
                sum -= weights[c] * target * (logits.getDouble(b, c) - logSum);
            }
            divisor += weights[labels[b]];
        }

        Variable loss = FUSIONS.crossEntropy(constant(logits), new Targets(labels, weights, smoothing));

        assertThat(loss.value().getDouble()).isCloseTo(sum / divisor, within(1e-14));
    }

    @Test
    void crossEntropy_noRowHasALabel_isZeroWithAZeroGradient() {
        Variable logits = Variable.parameter("logits", normal(1, 2, 3));

        Variable loss = FUSIONS.crossEntropy(logits, Targets.of(Targets.IGNORED, Targets.IGNORED));

        assertThat(loss.value().getDouble()).isZero();
        Gradients gradients = loss.backward();
        assertThat(gradients.of(logits)).isIdenticalTo(Nd4j.zeros(DataType.DOUBLE, 2, 3));
    }

    @Test
    void crossEntropy_targetsThatDoNotFitTheLogits_areRejected() {
        Variable logits = constant(normal(1, 2, 3));

        assertThatThrownBy(() -> FUSIONS.crossEntropy(logits, Targets.of(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits: expected (1, *), got (2, 3)");
        assertThatThrownBy(() -> FUSIONS.crossEntropy(logits, Targets.of(0, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels: row 1: expected 0..2 or -100, got 3");
        assertThatThrownBy(() -> FUSIONS.crossEntropy(logits, new Targets(new int[] {0, 7}, new double[] {1, 1, 1}, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels: row 1: expected 0..2 or -100, got 7");
    }

    // ---- all together ----

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void encoderLayer_aTextAloneOrInABatch_hasTheSameEmbedding(DataType type) {
        List<int[]> texts = List.of(new int[] {3, 1, 2}, new int[] {5}, new int[] {4, 4, 0}, new int[] {1, 2, 3, 4, 5});
        double tolerance = type == DataType.FLOAT ? 1e-6 : 1e-13;

        INDArray together = encode(PackedTokens.of(texts), type);

        for (int b = 0; b < texts.size(); b++) {
            INDArray alone = encode(PackedTokens.of(List.of(texts.get(b))), type);
            assertThat(together.getRow(b, true)).as("text " + b).isCloseTo(alone, tolerance);
        }
    }

    @ParameterizedTest
    @EnumSource(PoolingMode.class)
    void selfAttentionAndPool_inputsInEveryMemoryLayout_giveTheSame(PoolingMode mode) {
        SequenceLayout layout = SequenceLayout.ofLengths(2, 2, 3);
        List<INDArray> inputs = new ArrayList<>(attentionWeights(DataType.DOUBLE));
        inputs.add(0, normal(1, layout.tokenCount(), HIDDEN));

        LayoutCheck.sameOnEveryLayout(
                v -> FUSIONS.pool(attend(v.get(0), v.subList(1, 7), layout, PLAIN), layout, mode),
                inputs.toArray(INDArray[]::new));
    }

    /** One layer of DistilBERT's shape, pooled and normalised. */
    private static INDArray encode(PackedTokens tokens, DataType type) {
        Norm norm = norm(HIDDEN, type);
        Variable embedded = FUSIONS.embed(
                tokens,
                constant(RandomTensors.normal(type, 1, 6, HIDDEN)),
                constant(RandomTensors.normal(type, 2, 5, HIDDEN)),
                norm);
        Variable context = attend(embedded, constants(attentionWeights(type)), tokens.layout(), PLAIN);
        Variable attended =
                FUSIONS.linearAddNorm(context, weight(type, HIDDEN, HIDDEN), DropoutSettings.NONE, embedded, norm);
        Variable inner = FUSIONS.linear(attended, weight(type, 11, HIDDEN), Activation.GELU);
        Variable hidden = FUSIONS.linearAddNorm(inner, weight(type, HIDDEN, 11), DropoutSettings.NONE, attended, norm);
        return FUSIONS.l2Normalize(FUSIONS.pool(hidden, tokens.layout(), PoolingMode.MEAN))
                .value();
    }

    private static Weight weight(DataType type, int out, int in) {
        return new Weight.Plain(
                constant(RandomTensors.normal(type, 20 + out + in, out, in)),
                constant(RandomTensors.normal(type, 40 + out + in, out)));
    }

    private static Norm norm(int size, DataType type) {
        return new Norm(constant(Nd4j.ones(type, size)), constant(Nd4j.zeros(type, size)), 1e-12);
    }

    private static int[] ids(int count, int vocabularySize) {
        int[] ids = new int[count];
        Arrays.setAll(ids, i -> (3 * i + 1) % vocabularySize);
        return ids;
    }

    /** Matrix and bias of query, key and value. */
    private static List<INDArray> attentionWeights(DataType type) {
        return attentionWeights(type, HIDDEN);
    }

    private static List<INDArray> attentionWeights(DataType type, int hiddenSize) {
        List<INDArray> weights = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            weights.add(RandomTensors.normal(type, 100 + seed, hiddenSize, hiddenSize));
            weights.add(RandomTensors.normal(type, 200 + seed, hiddenSize));
        }
        return weights;
    }

    private static INDArray attend(INDArray x, SequenceLayout layout, DropoutSettings dropout) {
        return attend(
                        constant(x),
                        constants(attentionWeights(DataType.DOUBLE)),
                        layout,
                        new AttentionSettings(HEADS, dropout, null))
                .value();
    }

    private static Variable attend(
            Variable x, List<Variable> weights, SequenceLayout layout, AttentionSettings settings) {
        return FUSIONS.selfAttention(
                x,
                new Weight.Plain(weights.get(0), weights.get(1)),
                new Weight.Plain(weights.get(2), weights.get(3)),
                new Weight.Plain(weights.get(4), weights.get(5)),
                layout,
                settings);
    }

    private static INDArray attentionByLoops(INDArray x, List<INDArray> weights, SequenceLayout layout) {
        double[][] query = affine(x, weights.get(0), weights.get(1));
        double[][] key = affine(x, weights.get(2), weights.get(3));
        double[][] value = affine(x, weights.get(4), weights.get(5));
        int headSize = HIDDEN / HEADS;
        double[][] context = new double[layout.tokenCount()][HIDDEN];
        for (int b = 0; b < layout.batchSize(); b++) {
            for (int head = 0; head < HEADS; head++) {
                int from = head * headSize;
                for (int i = layout.offset(b); i < layout.offset(b + 1); i++) {
                    double[] weight = new double[layout.length(b)];
                    double total = 0;
                    for (int j = 0; j < weight.length; j++) {
                        double score = 0;
                        for (int d = from; d < from + headSize; d++) {
                            score += query[i][d] * key[layout.offset(b) + j][d];
                        }
                        weight[j] = Math.exp(score / Math.sqrt(headSize));
                        total += weight[j];
                    }
                    for (int j = 0; j < weight.length; j++) {
                        for (int d = from; d < from + headSize; d++) {
                            context[i][d] += weight[j] / total * value[layout.offset(b) + j][d];
                        }
                    }
                }
            }
        }
        return Nd4j.createFromArray(context);
    }

    private static double[][] affine(INDArray x, INDArray matrix, INDArray bias) {
        double[][] y = new double[(int) x.size(0)][(int) matrix.size(0)];
        for (int row = 0; row < y.length; row++) {
            for (int out = 0; out < y[row].length; out++) {
                y[row][out] = bias.getDouble(out);
                for (int in = 0; in < x.size(1); in++) {
                    y[row][out] += x.getDouble(row, in) * matrix.getDouble(out, in);
                }
            }
        }
        return y;
    }

    private static INDArray normal(long seed, long... shape) {
        return RandomTensors.normal(seed, shape);
    }

    private static Variable constant(INDArray value) {
        return Variable.constant(value);
    }

    private static List<Variable> constants(List<INDArray> values) {
        return values.stream().map(Variable::constant).toList();
    }
}
