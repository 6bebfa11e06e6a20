package dev.retort.core;

/** The number format bfloat16: the upper half of a float32, so of its range, with 8 bits of mantissa. */
public final class BFloat16 {

    private BFloat16() {}

    /** The nearest bfloat16, ties to even, as processors and PyTorch round; a number beyond the largest is infinite, NaN stays NaN. */
    public static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40); // quiet: the payload's lower half may have been all there was
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** The same number. */
    public static float widen(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
