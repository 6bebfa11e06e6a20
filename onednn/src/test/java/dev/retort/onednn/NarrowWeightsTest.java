package dev.retort.onednn;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.QuantizedWeight;
import dev.retort.autograd.fusion.Trace;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.BFloat16;
import dev.retort.core.PackedTokens;
import dev.retort.core.Precision;
import dev.retort.core.QuantizedMatrix;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Weights in bfloat16 and int8: how far from the float32 definition, and whether a text's bits depend on its neighbours. */
class NarrowWeightsTest {

    private final OneDnnBackend backend = new OneDnnBackend();
    private Workspace workspace;
    private OneDnnFusions fusions;

    @BeforeEach
    void open() {
        String reason = backend.unsupportedReason();
        Assumptions.assumeTrue(reason == null, reason);
        workspace = Workspace.open();
        fusions = (OneDnnFusions) backend.open(workspace);
    }

    @AfterEach
    void close() {
        if (workspace != null) {
            workspace.close();
        }
    }

    private void assumeSupported(Precision precision) {
        String reason = backend.unsupportedReason(precision);
        Assumptions.assumeTrue(reason == null, reason);
    }

    static Stream<Arguments> cases() {
        int[][] lengths = {
            {1}, {2}, {15}, {16}, {17}, {127}, {512}, {1, 1, 1}, {5, 5, 5, 5, 5, 1, 1, 30, 30, 2, 64}, {16, 17, 16, 17}
        };
        List<Arguments> cases = new ArrayList<>();
        for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
            for (int[] one : lengths) {
                cases.add(arguments(precision, one, 36, 3));
            }
            cases.add(arguments(precision, new int[] {1}, 384, 12));
            cases.add(arguments(precision, new int[] {17, 3, 3, 3}, 384, 12));
            cases.add(arguments(precision, new int[] {300}, 384, 12));
        }
        return cases.stream();
    }

    private static INDArray random(int seed, long... shape) {
        return RandomTensors.normal(DataType.FLOAT, seed, shape);
    }

    /** Errors of one layer relative to the layer's own root mean square, which a norm makes about one. */
    private static double leastCosine(Precision precision) {
        return precision == Precision.BF16 ? 0.9999 : 0.9985;
    }

    private static double greatestError(Precision precision) {
        return precision == Precision.BF16 ? 0.04 : 0.25;
    }

    // ---- against the definition ----

    @ParameterizedTest
    @MethodSource("cases")
    void layer_anyLengths_isCloseToTheFloat32Definition(Precision precision, int[] lengths, int hidden, int heads) {
        assumeSupported(precision);
        SequenceLayout layout = SequenceLayout.ofLengths(lengths);
        INDArray x = random(1, layout.tokenCount(), hidden);
        INDArray expected = new Layer(hidden, heads, 4 * hidden, Backend.definitions(), Precision.F32)
                .forward(Fusions.definitions(), Variable.constant(x), layout)
                .value();

        INDArray actual = forward(new Layer(hidden, heads, 4 * hidden, backend, precision), layout, x);

        assertThat(actual).hasType(DataType.FLOAT);
        assertThat(actual).isCloseTo(expected, greatestError(precision));
        assertThat(Transforms.cosineSim(actual.reshape(-1), expected.reshape(-1)))
                .as("cosine")
                .isGreaterThan(leastCosine(precision));
        assertThat(fusions.kernels().runs().keySet()).noneMatch(kernel -> kernel.contains("ref"));
        assertThat(fusions.kernels().runs().keySet())
                .anyMatch(kernel -> kernel.contains(precision == Precision.BF16 ? "bf16" : "vnni"));
    }

    private INDArray forward(Layer layer, SequenceLayout layout, INDArray x) {
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return step.keep(
                    layer.forward(fusions, Variable.constant(x), layout).value());
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void linear_anyActivation_isCloseToTheDefinition(Activation activation) {
        for (Precision precision : List.of(Precision.BF16, Precision.INT8)) {
            assumeSupported(precision);
            INDArray x = random(1, 21, 36);
            Weight.Plain plain = plain(2, 60, 36);
            INDArray expected = Fusions.definitions()
                    .linear(Variable.constant(x), plain, activation)
                    .value();
            for (boolean bias : new boolean[] {true, false}) {
                Weight.Plain own = bias ? plain : new Weight.Plain(plain.matrix(), null);
                INDArray exact = bias
                        ? expected
                        : Fusions.definitions()
                                .linear(Variable.constant(x), own, activation)
                                .value();
                Weight narrow = backend.prepare(own.matrix(), own.bias(), precision);
                try (StepScope step = StepScope.open(workspace)) {
                    INDArray actual = fusions.linear(Variable.constant(x), narrow, activation)
                            .value();
                    assertThat(actual.castTo(DataType.FLOAT)).isCloseTo(exact, greatestError(precision) / 2);
                }
            }
        }
    }

    /** Σ of whole numbers is exact: with inputs and weights that are their own int8 values the product is too. */
    @Test
    void linear_wholeNumbersInInt8_isExact() {
        assumeSupported(Precision.INT8);
        INDArray x = whole(1, 19, 64);
        INDArray matrix = whole(2, 33, 64);
        Weight narrow = backend.prepare(Variable.constant(matrix), null, Precision.INT8);
        try (StepScope step = StepScope.open(workspace)) {
            INDArray actual = fusions.linear(Variable.constant(x), narrow, Activation.IDENTITY)
                    .value();
            assertThat(actual).isCloseToLargest(x.mmul(matrix.transpose()), 1e-6);
        }
        assertThat(narrow.matrix().value()).isCloseTo(matrix, 1e-4);
    }

    /** Whole numbers in -127..127, each row with a 127. */
    private static INDArray whole(int seed, long rows, long columns) {
        INDArray numbers = Transforms.round(random(seed, rows, columns).mul(30));
        numbers.getColumn(3).assign(127);
        return numbers;
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void linear_rowOfZeros_givesTheBias(Precision precision) {
        assumeSupported(precision);
        Weight.Plain plain = plain(2, 60, 36);
        Weight narrow = backend.prepare(plain.matrix(), plain.bias(), precision);
        INDArray x = random(1, 5, 36);
        x.getRow(2).assign(0);
        try (StepScope step = StepScope.open(workspace)) {
            INDArray y = fusions.linear(Variable.constant(x), narrow, Activation.IDENTITY)
                    .value();
            assertThat(y.getRow(2).dup()).isCloseTo(plain.bias().value(), 1e-6);
        }
    }

    private static Weight.Plain plain(int seed, long out, long in) {
        return new Weight.Plain(
                Variable.constant(random(seed, out, in).mul(1 / Math.sqrt(in))),
                Variable.constant(random(seed + 1, out)));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void matrix_ofANarrowWeight_isRestored(Precision precision) {
        assumeSupported(precision);
        Weight.Plain plain = plain(2, 60, 36);
        INDArray restored = backend.prepare(plain.matrix(), plain.bias(), precision)
                .matrix()
                .value();

        double step = precision == Precision.BF16 ? 1 / 256.0 : 1 / 254.0;
        double largest = plain.matrix().value().amaxNumber().doubleValue();
        assertThat(restored).isCloseTo(plain.matrix().value(), step * largest * 1.001);
    }

    // ---- a text's bits ----

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void layer_aTextAloneAndInAnyBatch_hasTheSameBits(Precision precision) {
        assumeSupported(precision);
        for (int hidden : new int[] {36, 384}) {
            Layer layer = new Layer(hidden, hidden == 36 ? 3 : 12, 4 * hidden, backend, precision);
            int[] lengths = {1, 2, 3, 9, 15, 16, 17, 31, 64, 127, 130, 257};
            List<INDArray> alone = new ArrayList<>();
            for (int i = 0; i < lengths.length; i++) {
                alone.add(sentences(layer, SequenceLayout.ofLengths(lengths[i]), random(100 + i, lengths[i], hidden)));
            }
            int[][] batches = {
                {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                {11, 0, 9, 9, 8, 1},
                {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3},
                {0, 0, 0, 0, 0},
                {7, 6, 6, 6, 6, 6, 5, 5, 4, 8, 8, 8, 8, 2, 2, 2, 2, 2, 1}
            };
            for (int[] batch : batches) {
                SequenceLayout layout = SequenceLayout.ofLengths(
                        Arrays.stream(batch).map(i -> lengths[i]).toArray());
                INDArray together = sentences(
                        layer,
                        layout,
                        Nd4j.vstack(Arrays.stream(batch)
                                .mapToObj(i -> random(100 + i, lengths[i], hidden))
                                .toList()));
                for (int b = 0; b < batch.length; b++) {
                    assertThat(together.getRow(b, true)).isIdenticalTo(alone.get(batch[b]));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void layer_aTextBesideNaN_keepsItsBits(Precision precision) {
        assumeSupported(precision);
        Layer layer = new Layer(36, 3, 60, backend, precision);
        INDArray text = random(101, 5, 36);
        INDArray alone = sentences(layer, SequenceLayout.ofLengths(5), text);
        INDArray nan = Nd4j.valueArrayOf(new long[] {5, 36}, Double.NaN, DataType.FLOAT);
        INDArray together = sentences(layer, SequenceLayout.ofLengths(5, 5, 5), Nd4j.vstack(nan, text, nan));

        assertThat(together.getRow(1, true)).isIdenticalTo(alone);
    }

    private INDArray sentences(Layer layer, SequenceLayout layout, INDArray x) {
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return step.keep(
                    layer.sentences(fusions, Variable.constant(x), layout).value());
        }
    }

    // ---- what is around the products ----

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void layer_withWeightsPreparedOneByOne_givesTheSame(Precision precision) {
        assumeSupported(precision);
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 1, 9);
        AttentionSettings settings = new AttentionSettings(3, DropoutSettings.NONE, null);
        List<Weight.Plain> plain = List.of(plain(2, 36, 36), plain(4, 36, 36), plain(6, 36, 36));
        Variable x = Variable.constant(random(1, layout.tokenCount(), 36));
        List<INDArray> results = new ArrayList<>();
        for (List<Weight> weights : List.of(
                backend.prepareJointly(plain, precision),
                plain.stream()
                        .map(weight -> backend.prepare(weight.matrix(), weight.bias(), precision))
                        .toList())) {
            results.add(fusions.selfAttention(x, weights.get(0), weights.get(1), weights.get(2), layout, settings)
                    .value()
                    .castTo(DataType.FLOAT));
        }

        assertThat(results.get(1)).isIdenticalTo(results.get(0));
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void trace_ofALayer_seesAttentionWeightsThatSumToOne(Precision precision) {
        assumeSupported(precision);
        Layer layer = new Layer(36, 3, 60, backend, precision);
        SequenceLayout layout = SequenceLayout.ofLengths(4, 1, 30);
        Trace trace = Trace.of(fusions).keepingAttention();
        INDArray traced;
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            traced = step.keep(layer.forward(trace, Variable.constant(random(1, 35, 36)), layout)
                    .value());
        }

        assertThat(traced).isIdenticalTo(forward(layer, layout, random(1, 35, 36)));
        assertThat(trace.entries().get(0).attention()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void linear_ofARecordedInput_isRestoredToFloat32AndDifferentiated(Precision precision) {
        assumeSupported(precision);
        Weight.Plain plain = plain(2, 60, 36);
        Weight narrow = backend.prepare(plain.matrix(), plain.bias(), precision);
        try (StepScope step = StepScope.open(workspace)) {
            Variable x = Variable.parameter("x", random(1, 5, 36));
            Variable y = fusions.linear(x, narrow, Activation.IDENTITY);
            Gradients gradients = y.backward(random(7, 5, 60));

            assertThat(y.value()).hasType(DataType.FLOAT);
            assertThat(gradients.of(x))
                    .isCloseTo(random(7, 5, 60).mmul(narrow.matrix().value()), 1e-5);
        }
    }

    @Test
    void prepare_aWeightThatReceivesAGradient_staysAsItIs() {
        assumeSupported(Precision.BF16);
        Variable matrix = Variable.parameter("weight", random(1, 5, 7));

        assertThat(backend.prepare(matrix, null, Precision.BF16)).isEqualTo(new Weight.Plain(matrix, null));
    }

    @Test
    void weight_inInt8_takesAQuarterOfItsMemory() {
        assumeSupported(Precision.INT8);
        assertThat((double) PackedWeight.description(384, 1536, Precision.INT8).get_size())
                .isCloseTo(384 * 1536, within(0.02 * 384 * 1536));
        assertThat(PackedWeight.description(384, 1536, Precision.BF16).get_size())
                .isEqualTo(2 * 384 * 1536);
    }

    @Test
    void prepare_onDefinitions_refusesWithTheReason() {
        assertThatThrownBy(
                        () -> Backend.definitions().prepare(Variable.constant(random(1, 5, 7)), null, Precision.INT8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "precision: the definitions compute in float32, got INT8; a backend with kernels for it is not"
                                + " on the class path");
    }

    // ---- what comes narrow already

    private static QuantizedMatrix quantize(INDArray matrix) {
        int out = (int) matrix.size(0);
        int in = (int) matrix.size(1);
        byte[] all = new byte[out * in];
        float[] scales = new float[out];
        byte[] row = new byte[in];
        for (int o = 0; o < out; o++) {
            scales[o] = QuantizedMatrix.quantize(matrix.getRow(o).toFloatVector(), row);
            System.arraycopy(row, 0, all, o * in, in);
        }
        return new QuantizedMatrix(Nd4j.createFromArray(all).reshape(out, in), Nd4j.createFromArray(scales));
    }

    @Test
    void prepareQuantized_aMatrix_hasTheBitsOfItsOriginalQuantizedHere() {
        assumeSupported(Precision.INT8);
        Weight.Plain plain = plain(2, 60, 36);
        Variable x = Variable.constant(random(1, 21, 36));

        Weight narrow = backend.prepareQuantized(
                        List.of(new QuantizedWeight(quantize(plain.matrix().value()), plain.bias())))
                .get(0);
        Weight expected = backend.prepare(plain.matrix(), plain.bias(), Precision.INT8);

        try (StepScope step = StepScope.open(workspace)) {
            assertThat(fusions.linear(x, narrow, Activation.GELU).value())
                    .isIdenticalTo(fusions.linear(x, expected, Activation.GELU).value());
        }
        assertThat(narrow.matrix().value()).isIdenticalTo(expected.matrix().value());
    }

    @Test
    void prepareQuantized_projections_haveTheBitsOfTheirOriginalsQuantizedHere() {
        assumeSupported(Precision.INT8);
        List<Weight.Plain> plain = List.of(plain(2, 36, 36), plain(3, 36, 36), plain(4, 36, 36));
        SequenceLayout layout = SequenceLayout.ofLengths(7, 14);
        Variable x = Variable.constant(random(1, 21, 36));
        AttentionSettings settings = new AttentionSettings(3, DropoutSettings.NONE, null);

        List<Weight> narrow = backend.prepareQuantized(plain.stream()
                .map(weight -> new QuantizedWeight(quantize(weight.matrix().value()), weight.bias()))
                .toList());
        List<Weight> expected = backend.prepareJointly(plain, Precision.INT8);

        try (StepScope step = StepScope.open(workspace)) {
            assertThat(fusions.selfAttention(x, narrow.get(0), narrow.get(1), narrow.get(2), layout, settings)
                            .value())
                    .isIdenticalTo(fusions.selfAttention(
                                    x, expected.get(0), expected.get(1), expected.get(2), layout, settings)
                            .value());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16", "INT8"})
    void prepareTable_inANarrowPrecision_embedsTheRoundedNumbers(Precision precision) {
        assumeSupported(precision);
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {3, 0, 4, 3, 2}, new int[] {1}));
        INDArray words = random(1, 5, 36);
        INDArray positions = random(2, 6, 36);
        Norm norm = new Norm(Variable.constant(random(3, 36)), Variable.constant(random(4, 36)), 1e-12);

        Variable narrowWords = backend.prepareTable(Variable.constant(words), precision);
        Variable narrowPositions = backend.prepareTable(Variable.constant(positions), precision);

        assertThat(narrowWords.value()).hasType(DataType.BFLOAT16);
        try (StepScope step = StepScope.open(workspace)) {
            INDArray expected = fusions.embed(
                            tokens, Variable.constant(rounded(words)), Variable.constant(rounded(positions)), norm)
                    .value();
            assertThat(fusions.embed(tokens, narrowWords, narrowPositions, norm).value())
                    .isIdenticalTo(expected);
        }
    }

    private static INDArray rounded(INDArray x) {
        float[] values = x.dup('c').reshape(-1).toFloatVector();
        for (int i = 0; i < values.length; i++) {
            values[i] = BFloat16.widen(BFloat16.of(values[i]));
        }
        return Nd4j.createFromArray(values).reshape(x.shape());
    }

    @Test
    void prepareTable_inFloat32_isTheTableItself() {
        Variable table = Variable.constant(random(1, 5, 36));

        assertThat(backend.prepareTable(table, Precision.F32)).isSameAs(table);
    }
}
