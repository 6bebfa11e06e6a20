package dev.retort.onednn;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.RowSparseGradient;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.Norm;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.autograd.fusion.Targets;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Layouts;
import dev.retort.core.PackedTokens;
import dev.retort.core.RandomStream;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class OneDnnFusionsTest {

    private Workspace workspace;
    private Comparison comparison;

    @BeforeEach
    void open() {
        String reason = new OneDnnBackend().unsupportedReason();
        Assumptions.assumeTrue(reason == null, reason);
        workspace = Workspace.open();
        comparison = new Comparison(workspace);
    }

    @AfterEach
    void close() {
        if (workspace != null) {
            workspace.close();
        }
    }

    /** Lengths of texts, and hidden size, heads, inner size. */
    static Stream<Arguments> cases() {
        int[][] lengths = {
            {1}, {2}, {15}, {16}, {17}, {127}, {512}, {1, 1, 1}, {5, 5, 5, 5, 5, 1, 1, 30, 30, 2, 64}, {16, 17, 16, 17}
        };
        List<Arguments> cases = new ArrayList<>();
        for (int[] one : lengths) {
            cases.add(arguments(one, 36, 3, 60));
        }
        cases.add(arguments(new int[] {1}, 384, 12, 1536));
        cases.add(arguments(new int[] {17}, 384, 12, 1536));
        cases.add(arguments(IntStream.range(0, 23).map(i -> 3).toArray(), 384, 12, 1536));
        cases.add(arguments(new int[] {300}, 384, 12, 1536));
        return cases.stream();
    }

    private static INDArray random(int seed, long... shape) {
        return RandomTensors.normal(DataType.FLOAT, seed, shape);
    }

    /** Of the magnitude that keeps a product's results near one. */
    private static INDArray matrix(int seed, long out, long in) {
        return random(seed, out, in).mul(1 / Math.sqrt(in));
    }

    private static DropoutSettings dropout(double probability) {
        return new DropoutSettings(probability, new RandomStream(7, 3, 1));
    }

    // ---- each override against its definition ----

    @ParameterizedTest
    @MethodSource("cases")
    void linear_anyLengths_agreesWithItsDefinition(int[] lengths, int hidden, int heads, int inner) {
        int rows = Arrays.stream(lengths).sum();
        comparison.agrees(
                "FusedLinear",
                (fusions, in) -> fusions.linear(in.get(0), in.weight(1, 2), Activation.GELU),
                random(1, rows, hidden),
                matrix(2, inner, hidden),
                random(3, inner));
        comparison.agrees(
                "FusedLinear",
                (fusions, in) -> fusions.linear(in.get(0), in.weight(1, -1), Activation.IDENTITY),
                random(1, rows, hidden),
                matrix(2, inner, hidden));
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void linear_anyActivation_agreesWithItsDefinition(Activation activation) {
        comparison.agrees(
                "FusedLinear",
                (fusions, in) -> fusions.linear(in.get(0), in.weight(1, 2), activation),
                random(1, 21, 36),
                matrix(2, 60, 36).mul(3),
                random(3, 60));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void linearAddNorm_anyLengths_agreesWithItsDefinition(int[] lengths, int hidden, int heads, int inner) {
        int rows = Arrays.stream(lengths).sum();
        INDArray[] inputs = {
            random(1, rows, inner),
            matrix(2, hidden, inner),
            random(3, hidden),
            random(4, rows, hidden),
            random(5, hidden),
            random(6, hidden)
        };
        for (double probability : new double[] {0, 0.3}) {
            comparison.agrees(
                    "FusedLinearAddNorm",
                    (fusions, in) -> fusions.linearAddNorm(
                            in.get(0), in.weight(1, 2), dropout(probability), in.get(3), norm(in, 4)),
                    inputs);
        }
    }

    private static Norm norm(Comparison.Inputs in, int gamma) {
        return new Norm(in.get(gamma), in.get(gamma + 1), 1e-12);
    }

    @Test
    void linearAddNorm_withoutBias_agreesWithItsDefinition() {
        comparison.agrees(
                "FusedLinearAddNorm",
                (fusions, in) -> fusions.linearAddNorm(
                        in.get(0), in.weight(1, -1), DropoutSettings.NONE, in.get(2), norm(in, 3)),
                random(1, 21, 60),
                matrix(2, 36, 60),
                random(4, 21, 36),
                random(5, 36),
                random(6, 36));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void dropout_anyLengths_agreesWithItsDefinition(int[] lengths, int hidden, int heads, int inner) {
        comparison.agrees(
                "FusedDropout",
                (fusions, in) -> fusions.dropout(in.get(0), dropout(0.3)),
                random(1, Arrays.stream(lengths).sum(), hidden));
    }

    @Test
    void dropout_manyElements_keepsTheShareThatItShould() {
        try (StepScope step = StepScope.open(workspace)) {
            Variable x = Variable.constant(Nd4j.ones(DataType.FLOAT, 100, 1000));
            INDArray y = comparison.fusions().dropout(x, dropout(0.3)).value();

            assertThat(y.sumNumber().doubleValue() * 0.7).isCloseTo(70_000, within(600.0)); // four standard deviations
            assertThat(y.maxNumber().floatValue()).isEqualTo((float) (1 / 0.7));
            assertThat(y.minNumber().floatValue()).isZero();
        }
    }

    @Test
    void dropout_ofNothing_returnsItsInput() {
        Variable x = Variable.constant(random(1, 3, 36));
        assertThat(comparison.fusions().dropout(x, DropoutSettings.NONE)).isSameAs(x);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void selfAttention_anyLengths_agreesWithItsDefinition(int[] lengths, int hidden, int heads, int inner) {
        for (double probability : new double[] {0, 0.3}) {
            attention(lengths, hidden, heads, probability, true);
        }
    }

    @Test
    void selfAttention_withoutBias_agreesWithItsDefinition() {
        attention(new int[] {4, 4, 1, 9}, 36, 3, 0, false);
    }

    private void attention(int[] lengths, int hidden, int heads, double probability, boolean bias) {
        SequenceLayout layout = SequenceLayout.ofLengths(lengths);
        AttentionSettings settings = new AttentionSettings(heads, dropout(probability), null);
        INDArray[] inputs = {
            random(1, layout.tokenCount(), hidden),
            matrix(2, hidden, hidden),
            matrix(3, hidden, hidden),
            matrix(4, hidden, hidden),
            random(5, hidden),
            random(6, hidden),
            random(7, hidden)
        };
        comparison.agrees(
                "FusedSelfAttention",
                (fusions, in) -> {
                    List<Weight> weights = bias
                            ? in.weights(new int[] {1, 4}, new int[] {2, 5}, new int[] {3, 6})
                            : in.weights(new int[] {1, -1}, new int[] {2, -1}, new int[] {3, -1});
                    return fusions.selfAttention(
                            in.get(0), weights.get(0), weights.get(1), weights.get(2), layout, settings);
                },
                bias ? inputs : Arrays.copyOf(inputs, 4));
    }

    @Test
    void selfAttention_weightsPreparedOneByOne_agreesWithItsDefinition() {
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 1, 9);
        AttentionSettings settings = new AttentionSettings(3, DropoutSettings.NONE, null);
        comparison.agrees(
                "FusedSelfAttention",
                (fusions, in) -> fusions.selfAttention(
                        in.get(0), in.weight(1, 4), in.weight(2, 5), in.weight(3, 6), layout, settings),
                random(1, layout.tokenCount(), 36),
                matrix(2, 36, 36),
                matrix(3, 36, 36),
                matrix(4, 36, 36),
                random(5, 36),
                random(6, 36),
                random(7, 36));
    }

    @Test
    void selfAttention_observed_showsTheSameWeightsAsTheDefinition() {
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 4, 4, 4, 1, 1, 150);
        Variable x = Variable.constant(random(1, layout.tokenCount(), 36));
        List<Weight> weights = IntStream.range(0, 3)
                .<Weight>mapToObj(i -> new Weight.Plain(
                        Variable.constant(matrix(2 + i, 36, 36)), Variable.constant(random(5 + i, 36))))
                .toList();
        List<INDArray> expected = new ArrayList<>();
        List<INDArray> actual = new ArrayList<>();
        AttentionSettings settings = new AttentionSettings(3, dropout(0.3), null);
        Fusions.definitions()
                .selfAttention(
                        x,
                        weights.get(0),
                        weights.get(1),
                        weights.get(2),
                        layout,
                        settings.observedBy(
                                (run, shown) -> expected.add(shown.dup().detach())));
        comparison
                .fusions()
                .selfAttention(
                        x,
                        weights.get(0),
                        weights.get(1),
                        weights.get(2),
                        layout,
                        settings.observedBy(
                                (run, shown) -> actual.add(shown.dup().detach())));

        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isCloseTo(expected.get(i), 1e-6);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void embed_anyLengths_agreesWithItsDefinition(int[] lengths, int hidden, int heads, int inner) {
        SequenceLayout layout = SequenceLayout.ofLengths(lengths);
        RandomStream ids = new RandomStream(5, 0, 0);
        PackedTokens tokens = PackedTokens.of(
                IntStream.range(0, layout.tokenCount())
                        .map(i -> (int) (ids.uniform(i) * 13))
                        .toArray(),
                layout);
        comparison.agrees(
                "FusedEmbedding",
                (fusions, in) -> fusions.embed(tokens, in.get(0), in.get(1), norm(in, 2)),
                random(1, 13, hidden),
                random(2, 512, hidden),
                random(3, hidden),
                random(4, hidden));
    }

    @Test
    void embed_backward_takesMemoryForTheRowsThatWereReadOnly() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {4, 29_999, 17, 4}, new int[] {4, 3}));
        Variable words = Variable.parameter("words", random(1, 30_000, 36));
        Variable positions = Variable.parameter("positions", random(2, 512, 36));
        Norm norm = new Norm(Variable.constant(random(3, 36)), Variable.constant(random(4, 36)), 1e-12);
        try (StepScope step = StepScope.open(workspace)) {
            Variable y = comparison.fusions().embed(tokens, words, positions, norm);
            long before = step.mark();
            Gradients gradients = y.backward(random(5, 6, 36));
            long bytes = step.mark() - before;
            RowSparseGradient ofWords = (RowSparseGradient) gradients.gradient(words);
            RowSparseGradient ofPositions = (RowSparseGradient) gradients.gradient(positions);

            assertThat(IntStream.range(0, ofWords.rowCount()).map(ofWords::row)).containsExactly(3, 4, 17, 29_999);
            assertThat(IntStream.range(0, ofPositions.rowCount()).map(ofPositions::row))
                    .containsExactly(0, 1, 2, 3);
            assertThat(bytes).isLessThan(20_000); // a dense gradient of the words alone takes 4,320,000
        }
    }

    @ParameterizedTest
    @EnumSource(PoolingMode.class)
    void pool_anyMode_agreesWithItsDefinition(PoolingMode mode) {
        SequenceLayout layout = SequenceLayout.ofLengths(5, 1, 17, 9, 300).excludingFromPooling(2, 0, 16, 0, 4);
        comparison.agrees(
                "FusedPooling",
                (fusions, in) -> fusions.pool(in.get(0), layout, mode),
                random(1, layout.tokenCount(), 36));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 21, 300})
    void normalize_anyRows_agreesWithItsDefinition(int rows) {
        comparison.agrees(
                "FusedNorm",
                (fusions, in) -> fusions.normalize(in.get(0), norm(in, 1)),
                random(1, rows, 36),
                random(2, 36),
                random(3, 36));
    }

    @Test
    void l2Normalize_withZeroVector_agreesWithItsDefinition() {
        INDArray x = random(1, 7, 36);
        x.getRow(3).assign(0);
        comparison.agrees("FusedL2Normalization", (fusions, in) -> fusions.l2Normalize(in.get(0)), x);
    }

    @Test
    void crossEntropy_anyTargets_agreesWithItsDefinition() {
        for (Targets targets : List.of(
                Targets.of(1, 0, 4, 4, Targets.IGNORED, 2, 3),
                new Targets(new int[] {1, 0, 4, Targets.IGNORED, 0, 2, 3}, new double[] {1, 2, 0.5, 3, 0.1}, 0.2))) {
            comparison.agrees(
                    "FusedCrossEntropy",
                    (fusions, in) -> fusions.crossEntropy(in.get(0), targets),
                    random(1, 7, 5).mul(3));
        }
    }

    @Test
    void crossEntropy_noLabelAtAll_isZeroWithZeroGradient() {
        try (StepScope step = StepScope.open(workspace)) {
            Variable logits = Variable.parameter("logits", random(1, 2, 5));
            Variable loss = comparison.fusions().crossEntropy(logits, Targets.of(Targets.IGNORED, Targets.IGNORED));

            assertThat(loss.value().getDouble()).isZero();
            assertThat(loss.backward().of(logits).amaxNumber().doubleValue()).isZero();
        }
    }

    @Test
    void functions_anyMemoryLayout_giveTheSame() {
        Fusions fusions = comparison.fusions();
        SequenceLayout layout = SequenceLayout.ofLengths(4, 4, 3);
        Weight weight = new Weight.Plain(Variable.constant(matrix(2, 36, 36)), Variable.constant(random(3, 36)));
        Norm norm = new Norm(Variable.constant(random(5, 36)), Variable.constant(random(6, 36)), 1e-12);
        AttentionSettings settings = new AttentionSettings(3, DropoutSettings.NONE, null);
        INDArray x = random(1, 11, 36);
        List<List<INDArray>> results = new ArrayList<>();
        Layouts.of(x).forEach((name, input) -> {
            try (StepScope step = StepScope.open(workspace)) {
                Variable v = Variable.constant(input);
                results.add(Stream.of(
                                fusions.linear(v, weight, Activation.GELU),
                                fusions.linearAddNorm(v, weight, DropoutSettings.NONE, v, norm),
                                fusions.dropout(v, dropout(0.3)),
                                fusions.selfAttention(v, weight, weight, weight, layout, settings),
                                fusions.pool(v, layout, PoolingMode.MEAN),
                                fusions.normalize(v, norm),
                                fusions.l2Normalize(v))
                        .map(result -> step.keep(result.value()))
                        .toList());
            }
        });

        for (List<INDArray> other : results) {
            for (int i = 0; i < other.size(); i++) {
                assertThat(other.get(i)).isIdenticalTo(results.get(0).get(i));
            }
        }
    }

    // ---- a text's bits ----

    @ParameterizedTest
    @ValueSource(ints = {36, 384})
    void layer_aTextAloneAndInAnyBatch_hasTheSameBits(int hidden) {
        int heads = hidden == 36 ? 3 : 12;
        Layer layer = new Layer(hidden, heads, 4 * hidden);
        int[] lengths = {1, 2, 3, 9, 15, 16, 17, 31, 64, 127, 130, 257};
        List<INDArray> alone = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            alone.add(run(layer, SequenceLayout.ofLengths(lengths[i]), text(i, lengths[i], hidden)));
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
            List<INDArray> texts = Arrays.stream(batch)
                    .mapToObj(i -> text(i, lengths[i], hidden))
                    .toList();
            INDArray together = run(layer, layout, Nd4j.vstack(texts));
            for (int b = 0; b < batch.length; b++) {
                assertThat(together.getRow(b, true)).isIdenticalTo(alone.get(batch[b]));
            }
        }
    }

    @Test
    void layer_aTextBesideNaN_keepsItsBits() {
        Layer layer = new Layer(36, 3, 60);
        INDArray text = text(1, 5, 36);
        INDArray alone = run(layer, SequenceLayout.ofLengths(5), text);
        INDArray nan = Nd4j.valueArrayOf(new long[] {5, 36}, Double.NaN, DataType.FLOAT);
        INDArray together = run(layer, SequenceLayout.ofLengths(5, 5, 5), Nd4j.vstack(nan, text, nan));

        assertThat(together.getRow(1, true)).isIdenticalTo(alone);
    }

    private static INDArray text(int i, int length, int hidden) {
        return random(100 + i, length, hidden);
    }

    private INDArray run(Layer layer, SequenceLayout layout, INDArray x) {
        try (NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            return step.keep(layer.sentences(comparison.fusions(), Variable.constant(x), layout)
                    .value());
        }
    }

    // ---- memory and lifetime ----

    @Test
    void layer_secondStepOfASize_takesNoNewMemory() {
        Layer layer = new Layer(36, 3, 60);
        SequenceLayout layout = SequenceLayout.ofLengths(30, 30, 7);
        Variable x = Variable.constant(random(1, 67, 36));
        List<INDArray> results = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            try (NoGradients off = NoGradients.open();
                    StepScope step = StepScope.open(workspace)) {
                results.add(layer.forward(comparison.fusions(), x, layout).value());
            }
        }

        assertThat(results.get(3)).isSameAs(results.get(2));
    }

    @Test
    void linear_outsideEveryScope_returnsATensorOfTheCallers() {
        Layer layer = new Layer(36, 3, 60);
        Variable y =
                layer.forward(comparison.fusions(), Variable.constant(random(1, 9, 36)), SequenceLayout.ofLengths(9));
        INDArray copy = y.value().dup();
        layer.forward(comparison.fusions(), Variable.constant(random(2, 9, 36)), SequenceLayout.ofLengths(9));

        assertThat(y.value()).isIdenticalTo(copy);
    }

    @Test
    void linear_float64_takesTheDefinition() {
        Variable x = Variable.parameter("x", RandomTensors.normal(1, 3, 5));
        Weight weight = new Weight.Plain(Variable.constant(RandomTensors.normal(2, 7, 5)), null);
        Variable y = comparison.fusions().linear(x, weight, Activation.RELU);

        assertThat(y.value())
                .hasType(DataType.DOUBLE)
                .isIdenticalTo(
                        Fusions.definitions().linear(x, weight, Activation.RELU).value());
        assertThat(comparison.fusions().kernels().runs()).isEmpty();
    }

    @Test
    void linear_onAnotherThread_isRefused() throws InterruptedException {
        List<Throwable> thrown = new ArrayList<>();
        Weight weight = new Weight.Plain(Variable.constant(random(2, 7, 5)), null);
        Thread other = new Thread(() -> {
            try {
                comparison.fusions().linear(Variable.constant(random(1, 3, 5)), weight, Activation.RELU);
            } catch (IllegalStateException refusal) {
                thrown.add(refusal);
            }
        });
        other.start();
        other.join();

        assertThat(thrown)
                .singleElement()
                .satisfies(refusal -> assertThat(refusal).hasMessageContaining("belongs to thread"));
    }

    @Test
    void linear_wrongWidth_isRefusedWithBothShapes() {
        Weight weight = new Weight.Plain(Variable.constant(random(2, 7, 5)), null);

        assertThatThrownBy(
                        () -> comparison.fusions().linear(Variable.constant(random(1, 3, 4)), weight, Activation.RELU))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("x: expected (*, 5), got (3, 4)");
    }

    @Test
    void embed_idOutsideTheTable_isRefusedWithItsPlace() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1, 13}));

        assertThatThrownBy(() -> comparison
                        .fusions()
                        .embed(
                                tokens,
                                Variable.constant(random(1, 13, 6)),
                                Variable.constant(random(1, 9, 6)),
                                new Norm(Variable.constant(random(1, 6)), Variable.constant(random(1, 6)), 1e-12)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("embed: token ids: row 13 at 1 is outside 0..12");
    }
}
