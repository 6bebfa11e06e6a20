package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** {@link Loops} for float32. */
final class FloatLoops implements Loops {

    private final float[] parameters = new float[PIECE];
    private final float[] gradients = new float[PIECE];
    private final float[] firsts = new float[PIECE];
    private final float[] seconds = new float[PIECE];

    @Override
    public void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer gradient,
            Stretches stretches,
            Coefficients coefficients) {
        FloatBuffer p = parameter.asFloatBuffer();
        FloatBuffer m = first.asFloatBuffer();
        FloatBuffer v = second.asFloatBuffer();
        FloatBuffer g = gradient.asFloatBuffer();
        for (int i = 0; i < stretches.places().length; i++) {
            int place = stretches.places()[i];
            int gradientPlace = stretches.gradientPlaces()[i];
            for (int done = 0; done < stretches.length(); done += PIECE) {
                int size = Math.min(PIECE, stretches.length() - done);
                int at = place + done;
                if (gradientPlace == NONE) {
                    Arrays.fill(gradients, 0);
                } else {
                    g.get(gradientPlace + done, gradients, 0, size);
                }
                p.get(at, parameters, 0, size);
                m.get(at, firsts, 0, size);
                v.get(at, seconds, 0, size);
                update(parameters, gradients, firsts, seconds, size, coefficients);
                p.put(at, parameters, 0, size);
                m.put(at, firsts, 0, size);
                v.put(at, seconds, 0, size);
            }
        }
    }

    private static void update(float[] p, float[] g, float[] m, float[] v, int size, Coefficients coefficients) {
        float gradientFactor = (float) coefficients.gradientFactor();
        float decayInGradient = (float) coefficients.decayInGradient();
        float firstShare = (float) coefficients.firstShare();
        float secondKept = (float) coefficients.secondKept();
        float secondShare = (float) coefficients.secondShare();
        float kept = (float) coefficients.kept();
        float rate = (float) coefficients.rate();
        float epsilon = (float) coefficients.epsilon();
        for (int i = 0; i < size; i++) {
            float gradient = gradientFactor * g[i] + decayInGradient * p[i];
            float first = m[i] + firstShare * (gradient - m[i]);
            float second = secondKept * v[i] + secondShare * gradient * gradient;
            m[i] = first;
            v[i] = second;
            p[i] = kept * p[i] - rate * first / ((float) Math.sqrt(second) + epsilon);
        }
    }

    @Override
    public void squares(ByteBuffer gradient, int rowLength, double[] sums, int firstRow, int rowCount) {
        FloatBuffer g = gradient.asFloatBuffer();
        for (int row = 0; row < rowCount; row++) {
            double sum = 0;
            for (int done = 0; done < rowLength; done += PIECE) {
                int size = Math.min(PIECE, rowLength - done);
                g.get(row * rowLength + done, gradients, 0, size);
                Arrays.fill(gradients, size, PIECE, 0);
                sum += squares(gradients);
            }
            sums[firstRow + row] = sum;
        }
    }

    /** Σ gᵢ², in four chains of additions that the processor runs side by side. */
    private static double squares(float[] g) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        for (int i = 0; i < PIECE; i += 4) {
            a += (double) g[i] * g[i];
            b += (double) g[i + 1] * g[i + 1];
            c += (double) g[i + 2] * g[i + 2];
            d += (double) g[i + 3] * g[i + 3];
        }
        return (a + b) + (c + d);
    }
}
