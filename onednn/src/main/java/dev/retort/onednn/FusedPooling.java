package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.core.SequenceLayout;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One vector a text: (N, H) -> (B, H).
 *
 * <p>All modes but the maximum are weighted sums, y_b = Σ wᵢ xᵢ over the pooled rows i of text b.
 */
final class FusedPooling implements Operation {

    private final Worker worker;
    private final Variable x; // (N, H)
    private final SequenceLayout layout;
    private final PoolingMode mode;
    private final int hidden;
    private final int[][] winners; // (B, H), the rows of the maxima; empty for other modes
    private final INDArray y; // (B, H)

    FusedPooling(Worker worker, Variable x, SequenceLayout layout, PoolingMode mode) {
        this.worker = worker;
        this.x = x;
        this.layout = layout;
        this.mode = mode;
        this.hidden = Math.toIntExact(x.size(1));
        this.winners = new int[mode == PoolingMode.MAX ? layout.batchSize() : 0][];
        this.y = worker.kernels().tensor(layout.batchSize(), hidden);
        INDArray rowMajor = Address.rowMajor(x.value());
        float[] pooled = worker.kernels().chunk(hidden);
        float[] row = worker.kernels().otherChunk(hidden);
        for (int b = 0; b < layout.batchSize(); b++) {
            if (mode == PoolingMode.MAX) {
                maximum(b, Address.of(rowMajor), pooled, row);
            } else {
                weightedSum(b, Address.of(rowMajor), pooled, row);
            }
            worker.kernels().write(pooled, 0, hidden, at(Address.of(y), b));
        }
    }

    private void weightedSum(int b, long states, float[] sum, float[] row) {
        Arrays.fill(sum, 0, hidden, 0);
        double total = mode == PoolingMode.WEIGHTED_MEAN ? totalPosition(b) : 0;
        float factor = factorAfterSum(b);
        for (int i = firstRow(b); i < endRow(b); i++) {
            worker.kernels().read(at(states, i), row, 0, hidden);
            float share = shareBeforeSum(i, total);
            for (int h = 0; h < hidden; h++) {
                sum[h] += row[h] * share;
            }
        }
        for (int h = 0; h < hidden; h++) {
            sum[h] *= factor;
        }
    }

    private int firstRow(int b) {
        return mode == PoolingMode.LAST_TOKEN ? layout.offset(b + 1) - 1 : layout.poolingStart(b);
    }

    private int endRow(int b) {
        return mode == PoolingMode.CLS ? layout.poolingStart(b) + 1 : layout.offset(b + 1);
    }

    private float factorAfterSum(int b) {
        int count = endRow(b) - firstRow(b);
        return switch (mode) {
            case MEAN -> (float) (1.0 / count);
            case MEAN_SQRT_LENGTH -> (float) (1 / Math.sqrt(count));
            case CLS, LAST_TOKEN, MAX, WEIGHTED_MEAN -> 1;
        };
    }

    /** pᵢ / Σ pⱼ, positions counted from one. */
    private float shareBeforeSum(int row, double totalPosition) {
        return mode == PoolingMode.WEIGHTED_MEAN ? (float) ((layout.positionId(row) + 1) / totalPosition) : 1;
    }

    private double totalPosition(int b) {
        double total = 0;
        for (int i = firstRow(b); i < endRow(b); i++) {
            total += layout.positionId(i) + 1;
        }
        return total;
    }

    /** The first row that attains the maximum wins, as in PyTorch's {@code max(dim)}. */
    private void maximum(int b, long states, float[] maxima, float[] row) {
        Arrays.fill(maxima, 0, hidden, Float.NEGATIVE_INFINITY);
        winners[b] = new int[hidden];
        Arrays.fill(winners[b], firstRow(b));
        for (int i = firstRow(b); i < endRow(b); i++) {
            worker.kernels().read(at(states, i), row, 0, hidden);
            for (int h = 0; h < hidden; h++) {
                if (row[h] > maxima[h] || (Float.isNaN(row[h]) && !Float.isNaN(maxima[h]))) {
                    maxima[h] = row[h];
                    winners[b][h] = i;
                }
            }
        }
    }

    private long at(long matrix, int row) {
        return matrix + (long) row * hidden * Kernels.FLOAT_BYTES;
    }

    @Override
    public List<Variable> inputs() {
        return List.of(x);
    }

    @Override
    public INDArray forward() {
        return y;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(x, () -> {
            INDArray rowMajor = Address.rowMajor(dy);
            INDArray dx = worker.kernels().tensor(x.size(0), hidden);
            worker.kernels().zero(Address.of(dx), dx.length() * Kernels.FLOAT_BYTES);
            float[] dPooled = new float[hidden];
            float[] row = new float[hidden];
            for (int b = 0; b < layout.batchSize(); b++) {
                worker.kernels().read(at(Address.of(rowMajor), b), dPooled, 0, hidden);
                double total = mode == PoolingMode.WEIGHTED_MEAN ? totalPosition(b) : 0;
                float factor = factorAfterSum(b);
                for (int i = firstRow(b); i < endRow(b); i++) {
                    float share = shareBeforeSum(i, total) * factor;
                    for (int h = 0; h < hidden; h++) {
                        boolean takesPart = mode != PoolingMode.MAX || winners[b][h] == i;
                        row[h] = takesPart ? dPooled[h] * share : 0;
                    }
                    worker.kernels().write(row, 0, hidden, at(Address.of(dx), i));
                }
            }
            return dx;
        });
    }
}
