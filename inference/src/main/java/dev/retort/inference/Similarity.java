package dev.retort.inference;

import java.util.List;

/**
 * How alike two vectors are; greater is more alike. Names and signs are sentence-transformers' ({@code util/similarity.py}): distances
 * are negated.
 */
public enum Similarity {
    /** a·b / (‖a‖ ‖b‖), 0 where one is the zero vector. */
    COSINE {
        @Override
        public double of(float[] a, float[] b) {
            requireSameWidth(a, b);
            double squaredA = DOT.of(a, a);
            double squaredB = DOT.of(b, b);
            return squaredA == 0 || squaredB == 0 ? 0 : DOT.of(a, b) / Math.sqrt(squaredA * squaredB);
        }
    },
    /** Σ aᵢ bᵢ. */
    DOT {
        @Override
        public double of(float[] a, float[] b) {
            requireSameWidth(a, b);
            double sum = 0;
            for (int e = 0; e < a.length; e++) {
                sum += (double) a[e] * b[e];
            }
            return sum;
        }
    },
    /** -√Σ (aᵢ - bᵢ)². */
    EUCLIDEAN {
        @Override
        public double of(float[] a, float[] b) {
            requireSameWidth(a, b);
            double sum = 0;
            for (int e = 0; e < a.length; e++) {
                double difference = (double) a[e] - b[e];
                sum += difference * difference;
            }
            return -Math.sqrt(sum);
        }
    },
    /** -Σ |aᵢ - bᵢ|. */
    MANHATTAN {
        @Override
        public double of(float[] a, float[] b) {
            requireSameWidth(a, b);
            double sum = 0;
            for (int e = 0; e < a.length; e++) {
                sum += Math.abs((double) a[e] - b[e]);
            }
            return -sum;
        }
    };

    /**
     * @param a (E)
     * @param b (E)
     * @throws IllegalArgumentException if the widths differ
     */
    public abstract double of(float[] a, float[] b);

    /** The similarity of two float embeddings. */
    public double of(Embedding a, Embedding b) {
        return of(a.floats(), b.floats());
    }

    /**
     * Every pair.
     *
     * @return (rows, columns): entry [i][j] compares {@code rows[i]} with {@code columns[j]}
     */
    public double[][] matrix(List<Embedding> rows, List<Embedding> columns) {
        double[][] matrix = new double[rows.size()][columns.size()];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                matrix[i][j] = of(rows.get(i), columns.get(j));
            }
        }
        return matrix;
    }

    private static void requireSameWidth(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("similarity: vectors of " + a.length + " and of " + b.length);
        }
    }
}
