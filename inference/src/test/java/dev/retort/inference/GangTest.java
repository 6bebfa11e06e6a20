package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.fusion.Activation;
import dev.retort.core.Precision;
import dev.retort.model.DistilBertConfig;
import org.junit.jupiter.api.Test;

class GangTest {

    private static final DistilBertConfig MINILM =
            new DistilBertConfig(30522, 512, 6, 12, 384, 1536, Activation.GELU, 0.1, 0.1, false, 0, 0.02);

    @Test
    void fewestTokens_narrowWeightsOfASmallModel_isAShortText() {
        assertThat(Gang.fewestTokens(MINILM, Precision.INT8)).isBetween(9, 16);
        assertThat(Gang.fewestTokens(MINILM, Precision.BF16)).isBetween(2, 8);
        assertThat(Gang.fewestTokens(MINILM, Precision.F32)).isBetween(2, 4);
    }

    @Test
    void fewestTokens_base_isNextToNothing() {
        assertThat(Gang.fewestTokens(DistilBertConfig.base(), Precision.INT8)).isLessThan(4);
        assertThat(Gang.fewestTokens(DistilBertConfig.base(), Precision.F32)).isEqualTo(1);
    }

    @Test
    void fewestTokens_hugeModel_doesNotOverflow() {
        DistilBertConfig huge =
                new DistilBertConfig(10, 512, 6, 8, 1 << 20, 1 << 22, Activation.GELU, 0, 0, false, 0, 0.02);
        assertThat(Gang.fewestTokens(huge, Precision.F32)).isEqualTo(1);
    }
}
