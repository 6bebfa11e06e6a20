package dev.retort.model.classification;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.fusion.Activation;
import org.junit.jupiter.api.Test;

class HeadShapeTest {

    @Test
    void rejects_whatIsNoHead() {
        assertThatThrownBy(() -> new HeadShape.FeedForward(0, Activation.RELU, 0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hiddenSize: expected a positive number, got 0");
        assertThatThrownBy(() -> new HeadShape.FeedForward(7, Activation.SIGMOID, 0.1))
                .hasMessage("activation: expected one of [GELU, RELU, TANH], got SIGMOID");
        assertThatThrownBy(() -> new HeadShape.Linear(1))
                .hasMessage("dropout: expected a probability in [0, 1), got 1.0");
        assertThatThrownBy(() -> new HeadShape.FeedForward(7, Activation.TANH, Double.NaN))
                .hasMessage("dropout: expected a probability in [0, 1), got NaN");
    }
}
