package dev.retort.inference;

import org.jspecify.annotations.Nullable;

/** One text's vector, and what became of the text on the way. Immutable. */
public final class Embedding {

    private final float @Nullable [] vector;
    private final byte @Nullable [] quantized;
    private final OutputPrecision precision;
    private final int tokenCount;
    private final int fullTokenCount;
    private final boolean truncated;

    private Embedding(
            float @Nullable [] vector,
            byte @Nullable [] quantized,
            OutputPrecision precision,
            int tokenCount,
            int fullTokenCount,
            boolean truncated) {
        this.vector = vector;
        this.quantized = quantized;
        this.precision = precision;
        this.tokenCount = tokenCount;
        this.fullTokenCount = fullTokenCount;
        this.truncated = truncated;
    }

    static Embedding ofFloats(float[] vector, int tokenCount, int fullTokenCount, boolean truncated) {
        return new Embedding(vector, null, OutputPrecision.FLOAT, tokenCount, fullTokenCount, truncated);
    }

    Embedding quantize(OutputPrecision newPrecision, @Nullable CalibrationRanges ranges) {
        if (newPrecision == OutputPrecision.FLOAT) {
            return this;
        }
        byte[] bytes = Quantization.quantize(floats(), newPrecision, ranges);
        return new Embedding(null, bytes, newPrecision, tokenCount, fullTokenCount, truncated);
    }

    /**
     * A copy of the vector, (E).
     *
     * @throws IllegalStateException if it was quantised
     */
    public float[] vector() {
        return floats().clone();
    }

    /** The vector itself, for callers that promise not to change it. */
    float[] floats() {
        if (vector == null) {
            throw new IllegalStateException("embedding: was quantised to " + precision + ", read quantized()");
        }
        return vector;
    }

    /**
     * A copy of the bytes of a quantised vector: (E), or (E/8) rounded up for the binary ones. Unsigned formats use Java's bytes for
     * 0..255.
     *
     * @throws IllegalStateException if the precision is float
     */
    public byte[] quantized() {
        if (quantized == null) {
            throw new IllegalStateException("embedding: is not quantised, read vector()");
        }
        return quantized.clone();
    }

    /** The number format. */
    public OutputPrecision precision() {
        return precision;
    }

    /** The tokens that were embedded, special ones included. */
    public int tokenCount() {
        return tokenCount;
    }

    /** The tokens of the whole text, special ones included: more than {@link #tokenCount} if it was truncated. */
    public int fullTokenCount() {
        return fullTokenCount;
    }

    /** Whether the end of the text was dropped. */
    public boolean truncated() {
        return truncated;
    }

    /** For logs: not the numbers. */
    @Override
    public String toString() {
        int length = vector != null ? vector.length : quantized().length;
        return "Embedding(" + precision + ", " + length + " numbers, " + tokenCount + " tokens"
                + (truncated ? " of " + fullTokenCount : "") + ")";
    }
}
