package dev.retort.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DistilBertConfigTest {

    /** The values of distilbert-base-uncased's config.json. */
    @Test
    void base_isThePublishedModel() {
        DistilBertConfig base = DistilBertConfig.base();

        assertThat(base.vocabularySize()).isEqualTo(30522);
        assertThat(base.positionCount()).isEqualTo(512);
        assertThat(base.layerCount()).isEqualTo(6);
        assertThat(base.headCount()).isEqualTo(12);
        assertThat(base.hiddenSize()).isEqualTo(768);
        assertThat(base.headSize()).isEqualTo(64);
        assertThat(base.innerSize()).isEqualTo(3072);
        assertThat(base.activation()).isEqualTo(Activation.GELU);
        assertThat(base.dropout()).isEqualTo(0.1);
        assertThat(base.attentionDropout()).isEqualTo(0.1);
        assertThat(base.sinusoidalPositions()).isFalse();
        assertThat(base.paddingTokenId()).isZero();
        assertThat(base.initializerRange()).isEqualTo(0.02);
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refused(
                        "vocabularySize: expected a positive number, got 0",
                        () -> config(0, 5, 6, 35, 0.1, Activation.RELU)),
                refused(
                        "hiddenSize: expected a positive number, got -35",
                        () -> config(13, 5, 6, -35, 0.1, Activation.RELU)),
                refused(
                        "headCount must divide hiddenSize: headCount=6 hiddenSize=35",
                        () -> config(13, 6, 0, 35, 0.1, Activation.RELU)),
                refused(
                        "dropout: expected a probability in [0, 1), got 1.0",
                        () -> config(13, 5, 0, 35, 1, Activation.RELU)),
                refused(
                        "dropout: expected a probability in [0, 1), got NaN",
                        () -> config(13, 5, 0, 35, Double.NaN, Activation.RELU)),
                refused(
                        "paddingTokenId: expected 0..12, got 13 (vocabularySize=13)",
                        () -> config(13, 5, 13, 35, 0.1, Activation.RELU)),
                refused(
                        "activation: expected GELU, TANH_GELU, RELU or SILU, got IDENTITY",
                        () -> config(13, 5, 0, 35, 0.1, Activation.IDENTITY)));
    }

    private static Arguments refused(String message, Supplier<DistilBertConfig> construction) {
        return Arguments.of(message, construction);
    }

    private static DistilBertConfig config(
            int vocabularySize,
            int headCount,
            int paddingTokenId,
            int hiddenSize,
            double dropout,
            Activation activation) {
        return new DistilBertConfig(
                vocabularySize, 7, 2, headCount, hiddenSize, 11, activation, dropout, 0.1, false, paddingTokenId, 0.02);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void constructor_impossibleValue_namesIt(String message, Supplier<DistilBertConfig> construction) {
        assertThatThrownBy(construction::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
