package dev.retort.inference;

import java.util.List;

/**
 * The range of each dimension over representative vectors, which fixes the 255 steps of {@link OutputPrecision#INT8} and {@link
 * OutputPrecision#UINT8}. Take it once from a sample of your texts and keep it: vectors quantised with different ranges do not compare.
 */
public final class CalibrationRanges {

    private final float[] minimum; // (E)
    private final float[] maximum; // (E)

    private CalibrationRanges(float[] minimum, float[] maximum) {
        this.minimum = minimum;
        this.maximum = maximum;
    }

    /**
     * Known ranges.
     *
     * @param minimum (E)
     * @param maximum (E), nowhere below the minimum
     */
    public static CalibrationRanges of(float[] minimum, float[] maximum) {
        if (minimum.length != maximum.length) {
            throw new IllegalArgumentException(
                    "maximum: expected " + minimum.length + " entries, got " + maximum.length);
        }
        for (int e = 0; e < minimum.length; e++) {
            if (!(minimum[e] <= maximum[e])) {
                throw new IllegalArgumentException("calibration ranges: dimension " + e + ": minimum " + minimum[e]
                        + " is not at most maximum " + maximum[e]);
            }
        }
        return new CalibrationRanges(minimum.clone(), maximum.clone());
    }

    /**
     * The ranges of a sample.
     *
     * @param embeddings float vectors of one width, at least two; a hundred or more make a useful range
     */
    public static CalibrationRanges of(List<Embedding> embeddings) {
        return ofVectors(embeddings.stream().map(Embedding::vector).toArray(float[][]::new));
    }

    static CalibrationRanges ofVectors(float[][] vectors) {
        if (vectors.length < 2) {
            throw new IllegalArgumentException("calibration ranges: expected at least two vectors, got "
                    + vectors.length + ": a single vector has no range; give ranges taken from a sample");
        }
        float[] minimum = vectors[0].clone();
        float[] maximum = vectors[0].clone();
        for (float[] vector : vectors) {
            if (vector.length != minimum.length) {
                throw new IllegalArgumentException(
                        "calibration ranges: vectors of " + minimum.length + " and of " + vector.length);
            }
            for (int e = 0; e < vector.length; e++) {
                minimum[e] = Math.min(minimum[e], vector[e]);
                maximum[e] = Math.max(maximum[e], vector[e]);
            }
        }
        return of(minimum, maximum);
    }

    /** E. */
    public int dimensions() {
        return minimum.length;
    }

    /** A copy of the least value of each dimension, (E). */
    public float[] minimum() {
        return minimum.clone();
    }

    /** A copy of the greatest value of each dimension, (E). */
    public float[] maximum() {
        return maximum.clone();
    }
}
