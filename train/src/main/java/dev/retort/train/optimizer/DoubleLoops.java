package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.Arrays;

/** {@link Loops} for float64. */
final class DoubleLoops implements Loops {

    private final double[] parameters = new double[PIECE];
    private final double[] gradients = new double[PIECE];
    private final double[] addends = new double[PIECE];
    private final double[] firsts = new double[PIECE];
    private final double[] seconds = new double[PIECE];

    @Override
    public void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            int[] places,
            Addends gradient,
            int length,
            Coefficients coefficients) {
        DoubleBuffer p = parameter.asDoubleBuffer();
        DoubleBuffer m = first.asDoubleBuffer();
        DoubleBuffer v = second.asDoubleBuffer();
        DoubleBuffer[] shares = shares(gradient);
        for (int i = 0; i < places.length; i++) {
            for (int done = 0; done < length; done += PIECE) {
                int size = Math.min(PIECE, length - done);
                int at = places[i] + done;
                readGradient(shares, gradient.places(), i, done, size);
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

    private static DoubleBuffer[] shares(Addends gradient) {
        return gradient.shares().stream().map(ByteBuffer::asDoubleBuffer).toArray(DoubleBuffer[]::new);
    }

    /** The sum of the shares, in their order. */
    private void readGradient(DoubleBuffer[] shares, int[][] places, int stretch, int done, int size) {
        boolean empty = true;
        for (int share = 0; share < shares.length; share++) {
            int place = places[share][stretch];
            if (place != Addends.NONE) {
                shares[share].get(place + done, empty ? gradients : addends, 0, size);
                if (!empty) {
                    add(gradients, addends, size);
                }
                empty = false;
            }
        }
        if (empty) {
            Arrays.fill(gradients, 0);
        }
    }

    private static void add(double[] sums, double[] addends, int size) {
        for (int i = 0; i < size; i++) {
            sums[i] += addends[i];
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
    public void squares(Addends gradient, int length, double[] sums, int firstSum) {
        DoubleBuffer[] shares = shares(gradient);
        for (int i = 0; i < gradient.places()[0].length; i++) {
            double sum = 0;
            for (int done = 0; done < length; done += PIECE) {
                int size = Math.min(PIECE, length - done);
                readGradient(shares, gradient.places(), i, done, size);
                for (int k = 0; k < size; k++) {
                    sum += gradients[k] * gradients[k];
                }
            }
            sums[firstSum + i] = sum;
        }
    }
}
