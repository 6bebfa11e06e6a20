package dev.retort.inference;

import org.jspecify.annotations.Nullable;

/** Float vectors to bytes, with sentence-transformers' arithmetic: in float32 throughout, which decides the bucket of border values. */
final class Quantization {

    private Quantization() {}

    static byte[] quantize(float[] vector, OutputPrecision precision, @Nullable CalibrationRanges ranges) {
        return switch (precision) {
            case FLOAT -> throw new IllegalArgumentException("precision: float is not quantised");
            case UINT8 -> steps(vector, required(ranges), 0);
            case INT8 -> steps(vector, required(ranges), -128);
            case UBINARY -> bits(vector, 0);
            case BINARY -> bits(vector, -128);
        };
    }

    private static CalibrationRanges required(@Nullable CalibrationRanges ranges) {
        if (ranges == null) {
            throw new IllegalArgumentException("calibration: int8 and uint8 need the range of each dimension");
        }
        return ranges;
    }

    private static byte[] steps(float[] vector, CalibrationRanges ranges, int shift) {
        if (vector.length != ranges.dimensions()) {
            throw new IllegalArgumentException(
                    "calibration: ranges of " + ranges.dimensions() + " dimensions, vectors of " + vector.length);
        }
        float[] minimum = ranges.minimum();
        float[] maximum = ranges.maximum();
        byte[] bytes = new byte[vector.length];
        for (int e = 0; e < vector.length; e++) {
            float step = (maximum[e] - minimum[e]) / 255f;
            float bucket = (float) Math.floor((vector[e] - minimum[e]) / (step == 0 ? 1f : step));
            bytes[e] = (byte) ((int) Math.min(Math.max(bucket, 0f), 255f) + shift);
        }
        return bytes;
    }

    private static byte[] bits(float[] vector, int shift) {
        byte[] bytes = new byte[(vector.length + 7) / 8];
        for (int i = 0; i < bytes.length; i++) {
            int packed = 0;
            for (int bit = 0; bit < 8; bit++) {
                int e = 8 * i + bit;
                packed = packed << 1 | (e < vector.length && vector[e] > 0 ? 1 : 0);
            }
            bytes[i] = (byte) (packed + shift);
        }
        return bytes;
    }
}
