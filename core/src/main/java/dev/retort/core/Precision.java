package dev.retort.core;

/** The number format of weights and activations. Norms, softmax and sums are float32 in each. */
public enum Precision {
    /** 32-bit IEEE floating point: the reference. */
    F32,
    /** bfloat16 weights and activations: 8 bits of mantissa, the range of float32. */
    BF16,
    /** 8-bit integers: weights scaled per output channel, activations per row. */
    INT8
}
