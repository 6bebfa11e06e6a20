package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x / max(‖x‖₂, ε), each row by itself: (B, H) -> (B, H). Below ε the divisor is a constant. */
final class FusedL2Normalization implements Operation {

    private final Worker worker;
    private final Variable x; // (B, H)
    private final double epsilon;
    private final double[] norms; // ‖x‖₂, (B), kept for backward
    private final INDArray y; // (B, H)

    FusedL2Normalization(Worker worker, Variable x, double epsilon) {
        this.worker = worker;
        this.x = x;
        this.epsilon = epsilon;
        int width = Math.toIntExact(x.size(1));
        this.norms = new double[Math.toIntExact(x.size(0))];
        this.y = worker.kernels().tensor(x.size(0), width);
        INDArray rowMajor = Address.rowMajor(x.value());
        float[] row = worker.kernels().chunk(width);
        for (int b = 0; b < norms.length; b++) {
            worker.kernels().read(at(rowMajor, b), row, 0, width);
            double squares = 0;
            for (int h = 0; h < width; h++) {
                squares += (double) row[h] * row[h];
            }
            norms[b] = Math.sqrt(squares);
            float divisor = (float) Math.max(norms[b], epsilon);
            for (int h = 0; h < width; h++) {
                row[h] /= divisor;
            }
            worker.kernels().write(row, 0, width, at(y, b));
        }
    }

    private static long at(INDArray matrix, int row) {
        return Address.of(matrix) + row * matrix.size(1) * Kernels.FLOAT_BYTES;
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
        gradients.add(
                x,
                () -> { // dx = (dy - y Σⱼ yⱼ dyⱼ) / ‖x‖, and dy/ε below ε
                    INDArray rowMajor = Address.rowMajor(dy);
                    int width = Math.toIntExact(x.size(1));
                    INDArray dx = worker.kernels().tensor(x.size(0), width);
                    float[] unit = new float[width];
                    float[] row = new float[width];
                    for (int b = 0; b < norms.length; b++) {
                        worker.kernels().read(at(y, b), unit, 0, width);
                        worker.kernels().read(at(rowMajor, b), row, 0, width);
                        double along = 0;
                        for (int h = 0; h < width && norms[b] > epsilon; h++) {
                            along += (double) unit[h] * row[h];
                        }
                        double divisor = Math.max(norms[b], epsilon);
                        for (int h = 0; h < width; h++) {
                            row[h] = (float) ((row[h] - unit[h] * along) / divisor);
                        }
                        worker.kernels().write(row, 0, width, at(dx, b));
                    }
                    return dx;
                });
    }
}
