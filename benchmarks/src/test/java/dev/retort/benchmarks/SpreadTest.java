package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpreadTest {

    @Test
    void of_values_givesMiddleAndEnds() {
        assertThat(Spread.of(5, 1, 3)).isEqualTo(new Spread(3, 1, 5));
    }

    @Test
    void of_noValues_isRefused() {
        assertThatThrownBy(Spread::of)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one");
    }

    @Test
    void ofRatios_machineThatSlowsDown_comparesNeighbours() {
        double[] ours = {10, 5, 2};
        double[] theirs = {5, 2.5, 1};
        assertThat(Spread.ofRatios(ours, theirs)).isEqualTo(new Spread(2, 2, 2));
    }

    @Test
    void toString_numbersOfAnySize_showsWhatCounts() {
        assertThat(new Spread(1234.6, 12.345, 1.2345)).hasToString("1235 (12.3-1.23)");
        assertThat(new Spread(0.01234, 0.00123, 0.5)).hasToString("0.0123 (0.0012-0.50)");
    }
}
