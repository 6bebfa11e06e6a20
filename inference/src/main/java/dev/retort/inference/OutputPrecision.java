package dev.retort.inference;

/**
 * The number format of returned vectors, as sentence-transformers defines them ({@code util/quantization.py}). Quantising shrinks an
 * index; it says nothing about the precision the model computes in.
 */
public enum OutputPrecision {
    /** E floats. */
    FLOAT,
    /** E signed bytes: {@link #UINT8} minus 128. Needs ranges. */
    INT8,
    /** E unsigned bytes: floor((x - min) / step), step = (max - min) / 255 per dimension. Needs ranges. */
    UINT8,
    /** E/8 signed bytes, rounded up: {@link #UBINARY} minus 128. */
    BINARY,
    /** E/8 unsigned bytes, rounded up: a bit a dimension, set where x is positive, the first dimension in the highest bit. */
    UBINARY;

    /** Whether quantising needs the range of each dimension. */
    public boolean needsRanges() {
        return this == INT8 || this == UINT8;
    }
}
