package dev.retort.model.encoder;

/**
 * The fixed position table of Vaswani et al. 2017, §3.5, with sines on even and cosines on odd dimensions.
 *
 * <pre>
 *   P[p, 2j] = sin(p / 10000^(2j/H))      P[p, 2j+1] = cos(p / 10000^(2j/H))
 * </pre>
 */
public final class SinusoidalPositions {

    private SinusoidalPositions() {}

    /**
     * The table, computed in float64 as Hugging Face's {@code create_sinusoidal_embeddings} does.
     *
     * @return (positionCount, hiddenSize)
     */
    public static double[][] table(int positionCount, int hiddenSize) {
        double[][] table = new double[positionCount][hiddenSize];
        for (int position = 0; position < positionCount; position++) {
            for (int dimension = 0; dimension < hiddenSize; dimension++) {
                double angle = position / Math.pow(10000, 2.0 * Math.floorDiv(dimension, 2) / hiddenSize);
                table[position][dimension] = dimension % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
            }
        }
        return table;
    }
}
