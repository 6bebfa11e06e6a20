package dev.retort.weights.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElementsTest {

    @Test
    void widenF16_everyPattern_isExact() {
        for (int pattern = 0; pattern < 1 << 16; pattern++) {
            int exponent = (pattern / 1024) % 32;
            double fraction = pattern % 1024;
            double magnitude =
                    exponent == 0 ? fraction * Math.pow(2, -24) : (1 + fraction / 1024) * Math.pow(2, exponent - 15);
            if (exponent == 31) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            double expected = pattern < 1 << 15 ? magnitude : -magnitude;

            float actual = Elements.widenF16((short) pattern);

            assertThat(Double.compare(actual, expected)) // tells 0 from -0; NaN equals NaN
                    .as("pattern %04x: expected %s, got %s", pattern, expected, actual)
                    .isZero();
            assertThat(Float.floatToRawIntBits(actual) >>> 31)
                    .as("sign of %04x", pattern)
                    .isEqualTo(pattern >>> 15);
        }
    }

    @Test
    void widenF16_nan_keepsItsPayload() {
        assertThat(Float.floatToRawIntBits(Elements.widenF16((short) 0xfe01))).isEqualTo(0xffc02000);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                -1,
                0x8000_0000_0000_0400L, // half way between two doubles
                0x8000_0000_0000_0401L,
                0x8000_0000_0000_0c00L,
                0x8000_0080_0000_0000L, // half way between two floats
                0x8000_0080_0000_0001L,
                0x8000_0180_0000_0000L
            })
    void copy_unsignedLongs_roundOnce(long bits) {
        BigInteger exact = new BigInteger(Long.toUnsignedString(bits));
        ByteBuffer bytes = RawFile.littleEndian(8).putLong(0, bits);
        float[] narrow = new float[1];
        double[] wide = new double[1];

        Elements.copy(DType.U64, bytes, narrow, 0, 1);
        Elements.copy(DType.U64, bytes, wide, 0, 1);

        assertThat(narrow[0]).isEqualTo(exact.floatValue());
        assertThat(wide[0]).isEqualTo(exact.doubleValue());
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, 0x4000_0000_0000_0101L, 0x4000_0040_0000_0001L, -3})
    void copy_longs_roundOnce(long value) {
        ByteBuffer bytes = RawFile.littleEndian(8).putLong(0, value);
        float[] narrow = new float[1];
        double[] wide = new double[1];

        Elements.copy(DType.I64, bytes, narrow, 0, 1);
        Elements.copy(DType.I64, bytes, wide, 0, 1);

        assertThat(narrow[0]).isEqualTo(BigInteger.valueOf(value).floatValue());
        assertThat(wide[0]).isEqualTo(BigInteger.valueOf(value).doubleValue());
    }
}
