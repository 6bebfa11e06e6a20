package dev.retort.train.optimizer;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.retort.train.optimizer.AdamSettings.WeightDecay;
import org.junit.jupiter.api.Test;

class AdamSettingsTest {

    @Test
    void constructor_numbersOutOfRange_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamSettings(1, 0.999, 1e-8, WeightDecay.DECOUPLED))
                .withMessage("beta1: expected a number in [0, 1), got 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamSettings(0.9, -0.1, 1e-8, WeightDecay.DECOUPLED))
                .withMessage("beta2: expected a number in [0, 1), got -0.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamSettings(0.9, 0.999, 0, WeightDecay.DECOUPLED))
                .withMessage("epsilon: expected a positive number, got 0.0");
    }
}
