package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.Arrays;

/** {@link Loops} for float64. */
final class DoubleLoops implements Loops {

    private final double[] parameters = new double[PIECE];
    private final double[] gradients = new double[PIECE];
    private final double[] firsts = new double[PIECE];
    private final double[] seconds = new double[PIECE];

    @Override
    public void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            ByteBuffer gradient,
            Stretches stretches,
            Coefficients coefficients) {
        DoubleBuffer p = parameter.asDoubleBuffer();
        DoubleBuffer m = first.asDoubleBuffer();
        DoubleBuffer v = second.asDoubleBuffer();
        DoubleBuffer g = gradient.asDoubleBuffer();
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

    private static void update(double[] p, double[] g, double[] m, double[] v, int size, Coefficients by) {
        for (int i = 0; i < size; i++) {
            double gradient = by.gradientFactor() * g[i] + by.decayInGradient() * p[i];
            double first = m[i] + by.firstShare() * (gradient - m[i]);
            double second = by.secondKept() * v[i] + by.secondShare() * gradient * gradient;
            m[i] = first;
            v[i] = second;
            p[i] = by.kept() * p[i] - by.rate() * first / (Math.sqrt(second) + by.epsilon());
        }
    }

    @Override
    public void squares(ByteBuffer gradient, int rowLength, double[] sums, int firstRow, int rowCount) {
        DoubleBuffer g = gradient.asDoubleBuffer();
        for (int row = 0; row < rowCount; row++) {
            double sum = 0;
            for (int i = 0; i < rowLength; i++) {
                double element = g.get(row * rowLength + i);
                sum += element * element;
            }
            sums[firstRow + row] = sum;
        }
    }
}
