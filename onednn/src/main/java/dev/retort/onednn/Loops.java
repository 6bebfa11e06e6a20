package dev.retort.onednn;

import dev.retort.core.RandomStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What the library has no fast kernel for, in Java: native memory is copied to Java's in pieces, worked on by loops that HotSpot
 * vectorises, and copied back.
 */
final class Loops {

    private static final int ROWS_BEFORE_DOUBLE = 64; // so many are added in float32 before they go into a float64 sum

    private final Kernels kernels;

    Loops(Kernels kernels) {
        this.kernels = kernels;
    }

    /**
     * Σ over the rows of a matrix.
     *
     * @param stride from one row to the next
     * @param sums (columns)
     */
    void columnSums(long rows, long columns, long address, long stride, INDArray sums) {
        int width = (int) columns;
        float[] row = new float[width];
        float[] partial = new float[width];
        double[] total = new double[width];
        for (long r = 0; r < rows; r++) {
            kernels.read(address + r * stride * Kernels.FLOAT_BYTES, row, 0, width);
            for (int c = 0; c < width; c++) {
                partial[c] += row[c];
            }
            if ((r + 1) % ROWS_BEFORE_DOUBLE == 0 || r + 1 == rows) {
                for (int c = 0; c < width; c++) {
                    total[c] += partial[c];
                    partial[c] = 0;
                }
            }
        }
        for (int c = 0; c < width; c++) {
            row[c] = (float) total[c];
        }
        kernels.write(row, 0, width, Address.of(sums));
    }

    /**
     * y = x ⊙ m / (1 - p), the mask m drawn for elements numbered from {@code firstElement}; y may be x.
     *
     * @param count of elements
     */
    void drop(RandomStream random, double probability, long firstElement, long count, long x, long y) {
        float scale = (float) (1 / (1 - probability));
        float[] values = kernels.chunk();
        for (long first = 0; first < count; first += values.length) {
            int size = (int) Math.min(values.length, count - first);
            kernels.read(x + first * Kernels.FLOAT_BYTES, values, 0, size);
            for (int i = 0; i < size; i++) {
                values[i] = random.uniform(firstElement + first + i) < probability ? 0 : values[i] * scale;
            }
            kernels.write(values, 0, size, y + first * Kernels.FLOAT_BYTES);
        }
    }

    /** y = y + x. */
    void addTo(long count, long x, long y) {
        float[] sums = kernels.chunk();
        float[] values = kernels.otherChunk();
        for (long first = 0; first < count; first += sums.length) {
            int size = (int) Math.min(sums.length, count - first);
            kernels.read(y + first * Kernels.FLOAT_BYTES, sums, 0, size);
            kernels.read(x + first * Kernels.FLOAT_BYTES, values, 0, size);
            for (int i = 0; i < size; i++) {
                sums[i] += values[i];
            }
            kernels.write(sums, 0, size, y + first * Kernels.FLOAT_BYTES);
        }
    }
}
