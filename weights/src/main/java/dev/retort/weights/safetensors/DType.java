package dev.retort.weights.safetensors;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An element type of the format, under its name there. In the order of rising alignment, which is the order (reversed) in which a
 * writer lays tensors out; from {@code Dtype} of {@code safetensors/src/tensor.rs}.
 */
public enum DType {
    /** One byte an element, 0 or 1. */
    BOOL(8),
    /** Four bits: MXFP4, two elements a byte. */
    F4(4),
    /** Six bits: 2 exponent, 3 mantissa. */
    F6_E2M3(6),
    /** Six bits: 3 exponent, 2 mantissa. */
    F6_E3M2(6),
    U8(8),
    I8(8),
    /** Eight bits: 5 exponent, 2 mantissa. */
    F8_E5M2(8),
    /** Eight bits: 4 exponent, 3 mantissa. */
    F8_E4M3(8),
    /** Eight bits of exponent: a power of two, used as a scale. */
    F8_E8M0(8),
    /** {@link #F8_E4M3} without infinities and without a negative zero. */
    F8_E4M3FNUZ(8),
    /** {@link #F8_E5M2} without infinities and without a negative zero. */
    F8_E5M2FNUZ(8),
    I16(16),
    U16(16),
    /** IEEE 754 binary16. */
    F16(16),
    /** The upper half of an {@link #F32}. */
    BF16(16),
    I32(32),
    U32(32),
    F32(32),
    /** Two {@link #F32}: real, imaginary. */
    C64(64),
    F64(64),
    I64(64),
    U64(64);

    private static final Map<String, DType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(DType::name, Function.identity()));

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** Bits an element; less than 8 for packed types. */
    public int bits() {
        return bits;
    }

    /** The type of that name, case and all. */
    public static Optional<DType> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }
}
