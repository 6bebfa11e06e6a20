package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankCorrelationTest {

    @Test
    void of_anyRisingFunction_isOne() {
        assertThat(RankCorrelation.of(new double[] {1, 3, 2, 9}, new double[] {1, 27, 8, 729}))
                .isCloseTo(1, within(1e-12));
        assertThat(RankCorrelation.of(new double[] {1, 2, 3}, new double[] {-1, -2, -5}))
                .isCloseTo(-1, within(1e-12));
    }

    @Test
    void of_equalValues_shareTheirMeanRank() {
        // ranks 0 1.5 1.5 3 and 0 1 2 3: 4.5 / √(4.5 · 5)
        assertThat(RankCorrelation.of(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4}))
                .isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
    }

    @Test
    void of_listsOfDifferentLength_isRefused() {
        assertThatThrownBy(() -> RankCorrelation.of(new double[3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 and 2");
    }
}
