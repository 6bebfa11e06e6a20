package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BFloat16Test {

    @Test
    void widen_everyPattern_isTheUpperHalfOfAFloat() {
        for (int pattern = 0; pattern < 1 << 16; pattern++) {
            int exponent = (pattern / 128) % 256;
            double fraction = pattern % 128;
            double magnitude =
                    exponent == 0 ? fraction * Math.pow(2, -133) : (1 + fraction / 128) * Math.pow(2, exponent - 127);
            if (exponent == 255) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            double expected = pattern < 1 << 15 ? magnitude : -magnitude;

            float actual = BFloat16.widen((short) pattern);

            assertThat(Double.compare(actual, expected))
                    .as("pattern %04x: expected %s, got %s", pattern, expected, actual)
                    .isZero();
        }
    }

    @Test
    void of_everyPatternWidened_isThePattern() {
        for (int pattern = 0; pattern < 1 << 16; pattern++) {
            float wide = BFloat16.widen((short) pattern);
            if (Float.isNaN(wide)) {
                assertThat(BFloat16.widen(BFloat16.of(wide))).isNaN();
            } else {
                assertThat(BFloat16.of(wide)).as("pattern %04x", pattern).isEqualTo((short) pattern);
            }
        }
    }

    /** Around 1 the distance of two neighbours is 2⁻⁷. */
    @Test
    void of_aNumberBetweenTwo_isTheNearestAndHalfwayTheEvenOne() {
        assertThat(BFloat16.widen(BFloat16.of(1 + 0x1.8p-9f))).isEqualTo(1);
        assertThat(BFloat16.widen(BFloat16.of(1 + 0x1.4p-8f))).isEqualTo(1 + 0x1p-7f);
        assertThat(BFloat16.widen(BFloat16.of(1 + 0x1p-8f))).isEqualTo(1);
        assertThat(BFloat16.widen(BFloat16.of(1 + 0x1.8p-7f))).isEqualTo(1 + 0x1p-6f);
        assertThat(BFloat16.widen(BFloat16.of(-1 - 0x1.8p-7f))).isEqualTo(-1 - 0x1p-6f);
    }

    @Test
    void of_whatDoesNotFit_isInfiniteOrNotANumber() {
        assertThat(BFloat16.widen(BFloat16.of(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(BFloat16.widen(BFloat16.of(Float.NEGATIVE_INFINITY))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(BFloat16.widen(BFloat16.of(Float.intBitsToFloat(0x7f800001))))
                .isNaN();
    }
}
