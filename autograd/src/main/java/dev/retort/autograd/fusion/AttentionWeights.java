package dev.retort.autograd.fusion;

import dev.retort.core.SequenceLayout;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A copy of the attention weights of one run of equally long texts, as plain numbers: it outlives every scope. */
public final class AttentionWeights {

    private final SequenceLayout.Run run;
    private final int headCount;
    private final double[] weights; // (n, A, L, L)

    private AttentionWeights(SequenceLayout.Run run, int headCount, double[] weights) {
        this.run = run;
        this.headCount = headCount;
        this.weights = weights;
    }

    /**
     * Copies what an {@link AttentionObserver} is shown.
     *
     * @param attentionWeights (n, A, L, L)
     */
    public static AttentionWeights copyOf(SequenceLayout.Run run, INDArray attentionWeights) {
        return new AttentionWeights(
                run,
                Math.toIntExact(attentionWeights.size(1)),
                attentionWeights.dup('c').data().asDouble());
    }

    /** Which texts. */
    public SequenceLayout.Run run() {
        return run;
    }

    /** A. */
    public int headCount() {
        return headCount;
    }

    /**
     * How one head of one text attends: row = query, column = key; each row sums to one.
     *
     * @param sequence the text's number in the batch
     * @param head counted from zero
     * @return a copy, (L, L)
     */
    public double[][] matrix(int sequence, int head) {
        int text = sequence - run.firstSequence();
        if (text < 0 || text >= run.count() || head < 0 || head >= headCount) {
            throw new IllegalArgumentException("attention weights: have texts " + run.firstSequence() + ".."
                    + (run.firstSequence() + run.count() - 1) + " and heads 0.." + (headCount - 1) + ", got text "
                    + sequence + " and head " + head);
        }
        int length = run.length();
        double[][] matrix = new double[length][length];
        for (int query = 0; query < length; query++) {
            int row = ((text * headCount + head) * length + query) * length;
            System.arraycopy(weights, row, matrix[query], 0, length);
        }
        return matrix;
    }
}
