package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Targets;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** L = -Σ q ⊙ log softmax(x) / Σ w: logits (B, C) -> (). Computed in float64; zero where no row has a label. */
final class FusedCrossEntropy implements Operation {

    private final Worker worker;
    private final Variable logits; // x, (B, C)
    private final double[][] logitGradient; // dL/dx, (B, C), kept for backward
    private final INDArray loss; // ()

    FusedCrossEntropy(Worker worker, Variable logits, Targets targets) {
        this.worker = worker;
        this.logits = logits;
        int classCount = Math.toIntExact(logits.size(1));
        double[][] distribution = targets.distribution(classCount); // q, (B, C)
        double totalWeight = targets.totalWeight();
        this.logitGradient = new double[distribution.length][classCount];
        double sum = 0;
        for (int b = 0; b < distribution.length && totalWeight != 0; b++) {
            sum += row(b, distribution[b], totalWeight);
        }
        this.loss = worker.kernels().tensor(1).reshape();
        worker.kernels().write(new float[] {(float) sum}, 0, 1, Address.of(loss));
    }

    /** One row's share of the loss; its gradient is (softmax(x) Σ q - q) / Σ w. */
    private double row(int b, double[] q, double totalWeight) {
        float[] x = new float[q.length];
        INDArray rowMajor = Address.rowMajor(logits.value());
        worker.kernels().read(Address.of(rowMajor) + (long) b * q.length * Kernels.FLOAT_BYTES, x, 0, q.length);
        double greatest = Double.NEGATIVE_INFINITY;
        for (float value : x) {
            greatest = Math.max(greatest, value);
        }
        double exponentials = 0;
        double mass = 0;
        for (int c = 0; c < q.length; c++) {
            exponentials += Math.exp(x[c] - greatest);
            mass += q[c];
        }
        double logSum = greatest + Math.log(exponentials);
        double share = 0;
        for (int c = 0; c < q.length; c++) {
            double logSoftmax = x[c] - logSum;
            share -= q[c] == 0 ? 0 : q[c] * logSoftmax / totalWeight;
            logitGradient[b][c] = (Math.exp(logSoftmax) * mass - q[c]) / totalWeight;
        }
        return share;
    }

    @Override
    public List<Variable> inputs() {
        return List.of(logits);
    }

    @Override
    public INDArray forward() {
        return loss;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        gradients.add(logits, () -> {
            double factor = dy.getDouble(0);
            INDArray dLogits = worker.kernels().tensor(logits.size(0), logits.size(1));
            float[] row = new float[Math.toIntExact(logits.size(1))];
            for (int b = 0; b < logitGradient.length; b++) {
                for (int c = 0; c < row.length; c++) {
                    row[c] = (float) (factor * logitGradient[b][c]);
                }
                long target = Address.of(dLogits) + (long) b * row.length * Kernels.FLOAT_BYTES;
                worker.kernels().write(row, 0, row.length, target);
            }
            return dLogits;
        });
    }
}
