package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationTest {

    @Test
    void pearson_linearSeries_isOneOrMinusOne() {
        double[] x = {1, 2, 3, 4};
        assertThat(Correlation.pearson(x, new double[] {3, 5, 7, 9})).isCloseTo(1, within(1e-15));
        assertThat(Correlation.pearson(x, new double[] {9, 7, 5, 3})).isCloseTo(-1, within(1e-15));
    }

    @Test
    void pearson_anySeries_isScipys() {
        // scipy.stats.pearsonr([10, 9, 2.5, 6, 4], [1, 3, 3, 2, 7])
        assertThat(Correlation.pearson(new double[] {10, 9, 2.5, 6, 4}, new double[] {1, 3, 3, 2, 7}))
                .isCloseTo(-0.559533193313235, within(1e-14));
    }

    @Test
    void pearson_largeOffset_losesNothing() {
        double[] x = {1e8 + 1, 1e8 + 2, 1e8 + 3};
        assertThat(Correlation.pearson(x, new double[] {1, 2, 3})).isCloseTo(1, within(1e-9));
    }

    @Test
    void ranks_equalValues_shareTheMean() {
        assertThat(Correlation.ranks(new double[] {3, 1, 3, 2, 3})).containsExactly(4, 1, 4, 2, 4);
        assertThat(Correlation.ranks(new double[] {5, 5})).containsExactly(1.5, 1.5);
    }

    @Test
    void spearman_ties_areScipys() {
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 3])
        assertThat(Correlation.spearman(new double[] {1, 2, 2, 4, 5}, new double[] {2, 1, 3, 3, 3}))
                .isCloseTo(0.6308932681440449, within(1e-14));
    }

    @Test
    void spearman_monotoneSeries_isOne() {
        assertThat(Correlation.spearman(new double[] {1, 2, 3, 10}, new double[] {-5, 0, 1e9, 2e9}))
                .isCloseTo(1, within(1e-15));
    }

    @Test
    void pearson_constantSeries_isUndefined() {
        assertThat(Correlation.pearson(new double[] {1, 1}, new double[] {1, 2}))
                .isNaN();
    }

    @Test
    void pearson_differentLengths_areRefused() {
        assertThatThrownBy(() -> Correlation.pearson(new double[] {1, 2}, new double[] {1}))
                .hasMessage("correlation: expected two series of the same length, at least 2: 2, 1");
    }
}
