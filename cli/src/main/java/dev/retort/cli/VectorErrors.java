package dev.retort.cli;

/**
 * How far vectors are from expected ones.
 *
 * @param maximum the greatest |x - expected|; NaN if any number is
 * @param mean of |x - expected|
 * @param minimumCosine the least cosine of a vector and the expected one
 * @param worst the vector with the greatest error
 */
record VectorErrors(double maximum, double mean, double minimumCosine, int worst) {

    /**
     * @param actual (N, E)
     * @param expected (N, E)
     */
    static VectorErrors of(float[][] actual, float[][] expected) {
        double maximum = 0;
        double sum = 0;
        double minimumCosine = 1;
        int worst = 0;
        long count = 0;
        for (int i = 0; i < actual.length; i++) {
            double dot = 0;
            double squaredActual = 0;
            double squaredExpected = 0;
            for (int e = 0; e < actual[i].length; e++) {
                double a = actual[i][e];
                double b = expected[i][e];
                double error = Math.abs(a - b);
                if (error > maximum || (Double.isNaN(error) && !Double.isNaN(maximum))) {
                    worst = i;
                }
                maximum = Math.max(maximum, error); // keeps NaN
                sum += error;
                count++;
                dot += a * b;
                squaredActual += a * a;
                squaredExpected += b * b;
            }
            boolean bothZero = squaredActual == 0 && squaredExpected == 0;
            double cosine = bothZero ? 1 : dot / Math.sqrt(squaredActual * squaredExpected);
            minimumCosine = Math.min(minimumCosine, cosine); // keeps NaN
        }
        return new VectorErrors(maximum, sum / count, minimumCosine, worst);
    }

    /** Whether no error is greater; NaN never is. */
    boolean within(double tolerance) {
        return maximum <= tolerance;
    }
}
