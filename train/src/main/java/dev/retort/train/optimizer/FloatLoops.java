package dev.retort.train.optimizer;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** {@link Loops} for float32. */
final class FloatLoops implements Loops {

    private final float[] parameters = new float[PIECE];
    private final float[] gradients = new float[PIECE];
    private final float[] addends = new float[PIECE];
    private final float[] firsts = new float[PIECE];
    private final float[] seconds = new float[PIECE];

    @Override
    public void update(
            ByteBuffer parameter,
            ByteBuffer first,
            ByteBuffer second,
            int[] places,
            Addends gradient,
            int length,
            Coefficients coefficients) {
        FloatBuffer p = parameter.asFloatBuffer();
        FloatBuffer m = first.asFloatBuffer();
        FloatBuffer v = second.asFloatBuffer();
        FloatBuffer[] shares = shares(gradient);
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

    private static FloatBuffer[] shares(Addends gradient) {
        return gradient.shares().stream().map(ByteBuffer::asFloatBuffer).toArray(FloatBuffer[]::new);
    }

    /** The sum of the shares, in their order. */
    private void readGradient(FloatBuffer[] shares, int[][] places, int stretch, int done, int size) {
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

    private static void add(float[] sums, float[] addends, int size) {
        for (int i = 0; i < size; i++) {
            sums[i] += addends[i];
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
    public void squares(Addends gradient, int length, double[] sums, int firstSum) {
        FloatBuffer[] shares = shares(gradient);
        for (int i = 0; i < gradient.places()[0].length; i++) {
            double sum = 0;
            for (int done = 0; done < length; done += PIECE) {
                int size = Math.min(PIECE, length - done);
                readGradient(shares, gradient.places(), i, done, size);
                Arrays.fill(gradients, size, PIECE, 0);
                sum += squares(gradients);
            }
            sums[firstSum + i] = sum;
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
