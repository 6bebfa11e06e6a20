package dev.retort.weights.safetensors;

import dev.retort.core.BFloat16;
import java.nio.ByteBuffer;

/** The elements of a tensor's bytes as Java numbers. Buffers are little-endian; element i is the i-th of the buffer. */
final class Elements {

    private static final float SMALLEST_F16 = 0x1p-24f;

    private Elements() {}

    static boolean isInteger(DType dtype) {
        return switch (dtype) {
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> true;
            default -> false;
        };
    }

    static boolean isReadable(DType dtype) {
        return switch (dtype) {
            case F16, BF16, F32, F64 -> true;
            default -> isInteger(dtype);
        };
    }

    /** @param dtype a readable type */
    static void copy(DType dtype, ByteBuffer bytes, float[] target, int offset, int count) {
        switch (dtype) {
            case F32 -> bytes.asFloatBuffer().get(target, offset, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = widenF16(bytes.getShort(2 * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = BFloat16.widen(bytes.getShort(2 * i));
                }
            }
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = (float) bytes.getDouble(8 * i);
                }
            }
            case U64 -> {
                for (int i = 0; i < count; i++) {
                    long element = bytes.getLong(8 * i);
                    target[offset + i] = element < 0 ? 2 * (float) halved(element) : element;
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = integer(dtype, bytes, i);
                }
            }
        }
    }

    /** @param dtype a readable type */
    static void copy(DType dtype, ByteBuffer bytes, double[] target, int offset, int count) {
        switch (dtype) {
            case F64 -> bytes.asDoubleBuffer().get(target, offset, count);
            case F32 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = bytes.getFloat(4 * i);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = widenF16(bytes.getShort(2 * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = BFloat16.widen(bytes.getShort(2 * i));
                }
            }
            case U64 -> {
                for (int i = 0; i < count; i++) {
                    long element = bytes.getLong(8 * i);
                    target[offset + i] = element < 0 ? 2 * (double) halved(element) : element;
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = integer(dtype, bytes, i);
                }
            }
        }
    }

    /** @param dtype an integer type; a U64 beyond 2⁶³ - 1 comes out negative */
    static void copy(DType dtype, ByteBuffer bytes, long[] target, int offset, int count) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = integer(dtype, bytes, i);
        }
    }

    private static long integer(DType dtype, ByteBuffer bytes, int i) {
        return switch (dtype) {
            case BOOL -> bytes.get(i) == 0 ? 0 : 1;
            case U8 -> Byte.toUnsignedLong(bytes.get(i));
            case I8 -> bytes.get(i);
            case U16 -> Short.toUnsignedLong(bytes.getShort(2 * i));
            case I16 -> bytes.getShort(2 * i);
            case U32 -> Integer.toUnsignedLong(bytes.getInt(4 * i));
            case I32 -> bytes.getInt(4 * i);
            case U64, I64 -> bytes.getLong(8 * i);
            default -> throw new IllegalArgumentException("dtype: expected an integer type, got " + dtype);
        };
    }

    /** An unsigned 64-bit number over 2, its last bit kept below the rounding, so that twice the rounded half is the rounded whole. */
    private static long halved(long unsigned) {
        return (unsigned >>> 1) | (unsigned & 1);
    }

    /**
     * IEEE 754-2008 §3.4, binary16 to binary32: exact; a NaN keeps its sign and payload.
     *
     * <pre>
     *   sign 1, exponent e 5, fraction f 10
     *   e = 0    ± f 2⁻²⁴
     *   e = 31   ± ∞ if f = 0, else NaN
     *   else     ± (1 + f/1024) 2^(e - 15)
     * </pre>
     */
    static float widenF16(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >> 10) & 0x1f;
        int fraction = bits & 0x3ff;
        int magnitude;
        if (exponent == 0) {
            magnitude = Float.floatToRawIntBits(fraction * SMALLEST_F16);
        } else if (exponent == 31) {
            magnitude = 0x7f800000 | fraction << 13;
        } else {
            magnitude = (exponent - 15 + 127) << 23 | fraction << 13;
        }
        return Float.intBitsToFloat(sign | magnitude);
    }
}
