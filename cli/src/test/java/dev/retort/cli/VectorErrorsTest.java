package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class VectorErrorsTest {

    @Test
    void of_differences_areSummedUp() {
        VectorErrors errors = VectorErrors.of(
                new float[][] {{1, 0}, {0.5f, 1}, {0, 2}}, new float[][] {{1, 0}, {0.25f, 1}, {0, 1.875f}});
        assertThat(errors.maximum()).isEqualTo(0.25);
        assertThat(errors.mean()).isCloseTo(0.375 / 6, within(1e-12));
        assertThat(errors.worst()).isEqualTo(1);
        // (0.5 · 0.25 + 1) / √(1.25 · 1.0625)
        assertThat(errors.minimumCosine()).isCloseTo(1.125 / Math.sqrt(1.25 * 1.0625), within(1e-12));
        assertThat(errors.within(0.25)).isTrue();
        assertThat(errors.within(0.2499)).isFalse();
    }

    @Test
    void of_notANumber_isNeverWithin() {
        VectorErrors errors =
                VectorErrors.of(new float[][] {{1, 0}, {Float.NaN, 1}, {9, 9}}, new float[][] {{1, 0}, {0, 1}, {0, 0}});
        assertThat(errors.maximum()).isNaN();
        assertThat(errors.minimumCosine()).isNaN();
        assertThat(errors.within(Double.MAX_VALUE)).isFalse();
        assertThat(errors.worst()).isEqualTo(1);
    }

    @Test
    void of_zeroVectors_agree() {
        VectorErrors errors = VectorErrors.of(new float[][] {{0, 0}}, new float[][] {{0, 0}});
        assertThat(errors.minimumCosine()).isEqualTo(1);
        assertThat(errors.within(0)).isTrue();
    }
}
