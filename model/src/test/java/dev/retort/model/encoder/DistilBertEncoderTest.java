package dev.retort.model.encoder;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.NoGradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.PackedTokens;
import dev.retort.core.RandomTensors;
import dev.retort.core.SequenceLayout;
import dev.retort.core.StepScope;
import dev.retort.core.Tensors;
import dev.retort.core.Workspace;
import dev.retort.model.DistilBertConfig;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import dev.retort.model.RandomParameters;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class DistilBertEncoderTest {

    private static final Fusions FUSIONS = Fusions.definitions();
    private static final PackedTokens TOKENS = PackedTokens.of(
            List.of(new int[] {1, 5, 9}, new int[] {2}, new int[] {12, 0, 3, 3}, new int[] {7, 8, 4, 1}));

    /** V = 13, P = 6, 2 layers, A = 5, H = 15, F = 11. */
    private static DistilBertConfig config(Activation activation) {
        return new DistilBertConfig(13, 6, 2, 5, 15, 11, activation, 0.2, 0.3, false, 0, 0.02);
    }

    private final RandomParameters parameters = new RandomParameters(DataType.DOUBLE);
    private final ParameterScope scope = ParameterScope.forTraining(parameters);
    private final DistilBertEncoder encoder = new DistilBertEncoder(scope, config(Activation.GELU));

    @Test
    void constructor_parameters_areThoseOfTheArchitecture() {
        assertThat(scope.parameters()).hasSize(4 + 2 * 16);
        assertThat(scope.parameters().stream()
                        .mapToLong(ParameterScope.Parameter::elementCount)
                        .sum())
                .isEqualTo(13 * 15 + 6 * 15 + 2 * 15 + 2L * (4 * (15 * 15 + 15) + 2 * 2 * 15 + 2 * 11 * 15 + 11 + 15));
    }

    /** Every parameter, some elements each, against (L(θ + h) - L(θ - h)) / 2h; dropout on, so that its masks are held too. */
    @ParameterizedTest
    @EnumSource(
            value = Activation.class,
            names = {"GELU", "TANH_GELU", "SILU"})
    void backward_everyParameter_agreesWithDifferences(Activation activation) {
        DistilBertEncoder network = new DistilBertEncoder(ParameterScope.forTraining(parameters), config(activation));
        ParameterScope trained = ParameterScope.forTraining(parameters);
        DistilBertEncoder differentiated = new DistilBertEncoder(trained, config(activation));
        INDArray cotangent = RandomTensors.normal(DataType.DOUBLE, 3, 12, 15);

        Gradients gradients =
                differentiated.forward(TOKENS, FUSIONS, Mode.training(5, 2)).backward(cotangent);

        for (Variable parameter : trained.variables()) {
            INDArray value = parameters.values().get(parameter.name());
            INDArray flat = value.reshape('c', new long[] {value.length()});
            INDArray gradient = gradients.of(parameter).dup('c').reshape('c', new long[] {value.length()});
            for (long element = 0; element < value.length(); element += Math.max(1, value.length() / 7)) {
                double center = flat.getDouble(element);
                flat.putScalar(element, center + 1e-5);
                double above = objective(network, cotangent);
                flat.putScalar(element, center - 1e-5);
                double below = objective(network, cotangent);
                flat.putScalar(element, center);
                double numeric = (above - below) / 2e-5;
                double analytic = gradient.getDouble(element);
                assertThat(Math.abs(analytic - numeric) / Math.max(1, Math.abs(analytic) + Math.abs(numeric)))
                        .as("%s element %d: analytic %s, numeric %s", parameter.name(), element, analytic, numeric)
                        .isLessThan(1e-6);
            }
        }
    }

    private static double objective(DistilBertEncoder network, INDArray cotangent) {
        return network.forward(TOKENS, FUSIONS, Mode.training(5, 2))
                .value()
                .mul(cotangent)
                .sumNumber()
                .doubleValue();
    }

    @Test
    void forward_textInABatch_isThatOfTheTextAlone() {
        INDArray together = encoder.forward(TOKENS, FUSIONS, Mode.INFERENCE).value();

        for (int b = 0; b < TOKENS.layout().batchSize(); b++) {
            int[] ids = new int[TOKENS.layout().length(b)];
            for (int t = 0; t < ids.length; t++) {
                ids[t] = TOKENS.tokenId(TOKENS.layout().offset(b) + t);
            }
            INDArray alone = encoder.forward(PackedTokens.of(List.of(ids)), FUSIONS, Mode.INFERENCE)
                    .value();
            assertThat(alone)
                    .isCloseTo(
                            Tensors.viewRows(
                                    together,
                                    TOKENS.layout().offset(b),
                                    TOKENS.layout().offset(b + 1)),
                            1e-12);
        }
    }

    @Test
    void forward_paddedBatchWithHoles_ignoresWhatIsMasked() {
        int[][] mask = {{0, 1, 1, 0, 1}, {1, 1, 0, 0, 0}};
        INDArray one = encoder.forward(
                        PackedTokens.ofPadded(new int[][] {{4, 5, 6, 7, 8}, {1, 2, 3, 4, 5}}, mask),
                        FUSIONS,
                        Mode.INFERENCE)
                .value();
        INDArray other = encoder.forward(
                        PackedTokens.ofPadded(new int[][] {{9, 5, 6, 2, 8}, {1, 2, 12, 0, 0}}, mask),
                        FUSIONS,
                        Mode.INFERENCE)
                .value();

        assertThat(one).isIdenticalTo(other);
    }

    @Test
    void hiddenStates_last_isForward() {
        List<Variable> states = encoder.hiddenStates(TOKENS, FUSIONS, Mode.INFERENCE);

        assertThat(states).hasSize(3);
        assertThat(states.get(2).value())
                .isIdenticalTo(encoder.forward(TOKENS, FUSIONS, Mode.INFERENCE).value());
    }

    @Test
    void forward_withoutGradientsInAScope_givesTheSameBits() {
        INDArray expected = encoder.forward(TOKENS, FUSIONS, Mode.INFERENCE).value();

        try (Workspace workspace = Workspace.open();
                NoGradients off = NoGradients.open();
                StepScope step = StepScope.open(workspace)) {
            Variable hiddenStates = encoder.forward(TOKENS, FUSIONS, Mode.INFERENCE);
            assertThat(hiddenStates.value()).isIdenticalTo(expected);
            assertThat(hiddenStates.requiresGradient()).isFalse();
        }
    }

    @Test
    void forward_training_dependsOnSeedAndStepAlone() {
        INDArray first = encoder.forward(TOKENS, FUSIONS, Mode.training(1, 1)).value();

        assertThat(encoder.forward(TOKENS, FUSIONS, Mode.training(1, 1)).value())
                .isIdenticalTo(first);
        assertThat(encoder.forward(TOKENS, FUSIONS, Mode.training(1, 2)).value().equalsWithEps(first, 1e-3))
                .isFalse();
        assertThat(encoder.forward(TOKENS, FUSIONS, Mode.training(2, 1)).value().equalsWithEps(first, 1e-3))
                .isFalse();
    }

    @Test
    void forward_idOutsideTheVocabulary_namesTextPlaceAndId() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1, 2}, new int[] {3, 13}));

        assertThatThrownBy(() -> encoder.forward(tokens, FUSIONS, Mode.INFERENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text 1: token 1 has id 13, outside the vocabulary of 13");
    }

    @Test
    void forward_moreTokensThanPositions_namesTextAndBoth() {
        PackedTokens tokens = PackedTokens.of(List.of(new int[] {1}, new int[7]));

        assertThatThrownBy(() -> encoder.forward(tokens, FUSIONS, Mode.INFERENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text 1: has position 6, the model has 6 positions");
    }

    @Test
    void sinusoidalTable_isVaswanisFormula() {
        double[][] table = SinusoidalPositions.table(3, 4);

        assertThat(table[0]).containsExactly(0, 1, 0, 1);
        assertThat(table[2][0]).isCloseTo(Math.sin(2), within(1e-15));
        assertThat(table[2][1]).isCloseTo(Math.cos(2), within(1e-15));
        assertThat(table[2][2]).isCloseTo(Math.sin(0.02), within(1e-15));
        assertThat(table[2][3]).isCloseTo(Math.cos(0.02), within(1e-15));
    }

    @Test
    void forward_positionsGiven_areUsed() {
        SequenceLayout shifted = SequenceLayout.ofLengths(new int[] {2}, new int[] {3, 5});
        PackedTokens tokens = PackedTokens.of(new int[] {1, 2}, shifted);

        INDArray atThreeAndFive =
                encoder.forward(tokens, FUSIONS, Mode.INFERENCE).value();
        INDArray atZeroAndOne = encoder.forward(PackedTokens.of(List.of(new int[] {1, 2})), FUSIONS, Mode.INFERENCE)
                .value();

        assertThat(atThreeAndFive.equalsWithEps(atZeroAndOne, 1e-3)).isFalse();
    }
}
