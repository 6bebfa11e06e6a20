package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.LookedUpRows;
import dev.retort.autograd.Operation;
import dev.retort.autograd.RowSparseGradient;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Norm;
import dev.retort.core.PackedTokens;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Y = LayerNorm(W[ids] + P[positions]): N tokens -> (N, H). W and P may be bfloat16, which takes no gradient; Y is float32. */
final class FusedEmbedding implements Operation {

    private final Worker worker;
    private final PackedTokens tokens;
    private final Variable words; // W, (V, H)
    private final Variable positions; // P, (positions, H)
    private final Norm norm;
    private final @Nullable Normalization normalization; // the sum and its statistics, kept for backward
    private final INDArray y; // (N, H)

    FusedEmbedding(Worker worker, PackedTokens tokens, Variable words, Variable positions, Norm norm) {
        this.worker = worker;
        this.tokens = tokens;
        this.words = words;
        this.positions = positions;
        this.norm = norm;
        requireRows("token ids", tokens::tokenId, words);
        requireRows("positions", tokens.layout()::positionId, positions);
        Kernels kernels = worker.kernels();
        int count = tokens.layout().tokenCount();
        long hidden = words.size(1);
        this.y = kernels.tensor(count, hidden);
        boolean recorded = Variable.recorded(inputs());
        INDArray sum = recorded ? kernels.tensor(count, hidden) : y;
        this.normalization = recorded ? new Normalization(worker, sum, norm) : null;
        long mark = kernels.scope().mark();
        long rows = Kernels.roundedRows(count);
        long ofPositions = kernels.floats(rows * hidden);
        gather(words, tokens::tokenId, Address.of(sum));
        gather(positions, tokens.layout()::positionId, ofPositions);
        worker.rows().add(rows, hidden, Address.of(sum), ofPositions, Address.of(sum));
        if (normalization == null) {
            Normalization.inPlace(worker, y, norm);
        } else {
            normalization.forward(y);
        }
        kernels.scope().release(mark);
    }

    private void requireRows(String name, IntUnaryOperator row, Variable table) {
        for (int i = 0; i < tokens.layout().tokenCount(); i++) {
            if (row.applyAsInt(i) < 0 || row.applyAsInt(i) >= table.size(0)) {
                throw new IllegalArgumentException("embed: " + name + ": row " + row.applyAsInt(i) + " at " + i
                        + " is outside 0.." + (table.size(0) - 1));
            }
        }
    }

    private void gather(Variable table, IntUnaryOperator row, long target) {
        INDArray rowMajor = Address.rowMajor(table.value());
        long columns = table.size(1);
        long bytes = columns * rowMajor.dataType().width();
        if (rowMajor.dataType() == DataType.FLOAT) {
            copyRows(rowMajor, row, bytes, target);
            return;
        }
        Kernels kernels = worker.kernels();
        long mark = kernels.scope().mark();
        long rows = Kernels.roundedRows(tokens.layout().tokenCount());
        long narrow = kernels.scope().allocate(rows * bytes);
        copyRows(rowMajor, row, bytes, narrow);
        worker.formats().convert(rows, columns, rowMajor.dataType(), narrow, DataType.FLOAT, target);
        kernels.scope().release(mark);
    }

    private void copyRows(INDArray table, IntUnaryOperator row, long bytes, long target) {
        for (int i = 0; i < tokens.layout().tokenCount(); i++) {
            worker.kernels().copy(Address.of(table) + row.applyAsInt(i) * bytes, target + i * bytes, bytes);
        }
    }

    @Override
    public List<Variable> inputs() {
        return List.of(words, positions, norm.gamma(), norm.beta());
    }

    @Override
    public INDArray forward() {
        return y;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        if (normalization == null) {
            throw new IllegalStateException("embed: backward of an operation that was not recorded");
        }
        INDArray dSum = normalization.backward(dy, gradients);
        gradients.addRows(words, () -> scatter(dSum, tokens.tokenIds(), words));
        gradients.addRows(positions, () -> scatter(dSum, tokens.layout().positionIds(), positions));
    }

    /** dTable[v] = Σ dSumᵢ over the tokens i that read row v, in their order; rows that no token read are left out. */
    private RowSparseGradient scatter(INDArray dSum, int[] rows, Variable table) {
        Kernels kernels = worker.kernels();
        LookedUpRows read = LookedUpRows.of(rows);
        INDArray dRead = kernels.tensor(read.count(), table.size(1));
        long bytes = table.size(1) * Kernels.FLOAT_BYTES;
        kernels.zero(Address.of(dRead), read.count() * bytes);
        for (int i = 0; i < rows.length; i++) {
            worker.loops()
                    .addTo(table.size(1), Address.of(dSum) + i * bytes, Address.of(dRead) + read.place(i) * bytes);
        }
        return new RowSparseGradient(table.size(0), read.rows(), dRead);
    }
}
