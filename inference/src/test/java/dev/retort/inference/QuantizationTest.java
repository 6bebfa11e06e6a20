package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuantizationTest {

    private static final CalibrationRanges RANGES =
            CalibrationRanges.of(new float[] {-100, -1, 0}, new float[] {155, 1, 0});

    @Test
    void quantize_uint8_floorsAndClips() {
        // steps 1 and 2/255: 0.9 + 100 -> 100; -3 -> 0; 155 + 100 -> 255; 9 -> 255; a constant dimension has step 1
        byte[] low = Quantization.quantize(new float[] {0.9f, -3, 0}, OutputPrecision.UINT8, RANGES);
        byte[] high = Quantization.quantize(new float[] {155, 9, 5}, OutputPrecision.UINT8, RANGES);

        assertThat(low).containsExactly(100, 0, 0);
        assertThat(high).containsExactly((byte) 255, (byte) 255, (byte) 5);
    }

    @Test
    void quantize_int8_isUint8Minus128() {
        assertThat(Quantization.quantize(new float[] {0, -3, 0}, OutputPrecision.INT8, RANGES))
                .containsExactly(-28, -128, -128);
    }

    @Test
    void quantize_ubinary_firstDimensionIsTheHighestBit() {
        float[] tenDimensions = {1, -1, 0, 2, -2, 3, -3, -4, 5, -5}; // 1001 0100 10

        assertThat(Quantization.quantize(tenDimensions, OutputPrecision.UBINARY, null))
                .containsExactly((byte) 0b1001_0100, (byte) 0b1000_0000);
        assertThat(Quantization.quantize(tenDimensions, OutputPrecision.BINARY, null))
                .containsExactly((byte) (0b1001_0100 - 128), (byte) 0);
    }

    @Test
    void quantize_nan_isTheLowestBucketAndNoBit() {
        float[] broken = {Float.NaN, 0, 0};

        assertThat(Quantization.quantize(broken, OutputPrecision.UBINARY, null)).containsExactly(0);
        assertThat(Quantization.quantize(broken, OutputPrecision.UINT8, RANGES)[0])
                .isEqualTo((byte) 0);
    }

    @Test
    void quantize_rangesOfAnotherWidth_areRefused() {
        assertThatThrownBy(() -> Quantization.quantize(new float[] {1, 2}, OutputPrecision.INT8, RANGES))
                .hasMessage("calibration: ranges of 3 dimensions, vectors of 2");
    }

    @Test
    void calibrationRanges_ofASample_areItsExtremes() {
        CalibrationRanges ranges = CalibrationRanges.of(List.of(floats(1, -2), floats(-3, 4), floats(0, 0)));

        assertThat(ranges.minimum()).containsExactly(-3, -2);
        assertThat(ranges.maximum()).containsExactly(1, 4);
    }

    @Test
    void calibrationRanges_ofOneVector_areRefused() {
        assertThatThrownBy(() -> CalibrationRanges.of(List.of(floats(1, 2))))
                .hasMessageContaining("expected at least two vectors, got 1");
    }

    @Test
    void calibrationRanges_minimumAboveMaximumOrNan_areRefused() {
        assertThatThrownBy(() -> CalibrationRanges.of(new float[] {0, 2}, new float[] {1, 1}))
                .hasMessage("calibration ranges: dimension 1: minimum 2.0 is not at most maximum 1.0");
        assertThatThrownBy(() -> CalibrationRanges.of(new float[] {Float.NaN}, new float[] {1}))
                .hasMessageContaining("dimension 0: minimum NaN");
    }

    private static Embedding floats(float... vector) {
        return Embedding.ofFloats(vector, 3, 3, false);
    }
}
