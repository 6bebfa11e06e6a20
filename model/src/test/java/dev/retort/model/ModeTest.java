package dev.retort.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.fusion.DropoutSettings;
import org.junit.jupiter.api.Test;

class ModeTest {

    @Test
    void dropout_inference_dropsNothing() {
        assertThat(Mode.INFERENCE.dropout(0.5, 3)).isSameAs(DropoutSettings.NONE);
    }

    @Test
    void dropout_training_drawsFromSeedStepAndSite() {
        DropoutSettings dropout = Mode.training(7, 100).dropout(0.25, 3);

        assertThat(dropout.probability()).isEqualTo(0.25);
        assertThat(dropout.random().seed()).isEqualTo(7);
        assertThat(dropout.random().step()).isEqualTo(100);
        assertThat(dropout.random().site()).isEqualTo(3);
    }

    @Test
    void inFrozenPart_training_dropsNothingUnlessAsked() {
        assertThat(Mode.training(7, 100).inFrozenPart()).isSameAs(Mode.INFERENCE);
        assertThat(Mode.INFERENCE.inFrozenPart()).isSameAs(Mode.INFERENCE);
        Mode asked = Mode.training(7, 100).droppingInFrozenParts();
        assertThat(asked.inFrozenPart()).isSameAs(asked);
        assertThat(asked.dropout(0.25, 3)).isEqualTo(Mode.training(7, 100).dropout(0.25, 3));
    }
}
