package dev.retort.autograd;

import java.util.IdentityHashMap;
import java.util.Map;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Σ of the gradients of several backward passes, in the order in which they are added: gradient accumulation over batches that are too
 * large together. It outlives the step scopes of the passes.
 *
 * <pre>{@code
 * for (Batch part : parts) {
 *     try (StepScope step = StepScope.open(workspace)) {
 *         sum.add(loss(part).scale(1.0 / parts.size()).backward());
 *     }
 * }
 * optimizer.update(parameters, sum.total());
 * sum.clear();
 * }</pre>
 *
 * <p>Row-sparse gradients stay row-sparse. Dense sums keep their memory over {@link #clear}, so a loop of steps allocates nothing for them.
 * Not safe for use by several threads.
 */
public final class GradientSum implements AutoCloseable {

    private final Map<Variable, Gradient> sums = new IdentityHashMap<>();
    private final Map<Variable, INDArray> denseMemory = new IdentityHashMap<>(); // of x's shape

    /** Adds the gradients of one backward pass; they are copied. A variable that has none among them keeps its sum. */
    public void add(Gradients gradients) {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            gradients.forEach((variable, gradient) -> sums.put(variable, sum(variable, gradient)));
        }
    }

    private Gradient sum(Variable variable, Gradient gradient) {
        Gradient sum = sums.get(variable);
        if (gradient instanceof RowSparseGradient rows && !(sum instanceof DenseGradient)) {
            if (sum == null) {
                return rows.withValues(rows.values().dup('c'));
            }
            RowSparseGradient before = (RowSparseGradient) sum;
            Gradient after = before.plus(rows);
            before.values().close();
            return after;
        }
        INDArray memory = denseMemory.computeIfAbsent(
                variable, x -> Nd4j.createUninitialized(x.value().dataType(), x.shape(), 'c'));
        if (sum == null) {
            memory.assign(gradient.dense());
        } else if (sum instanceof RowSparseGradient before) {
            before.addedTo(memory.assign(gradient.dense()));
            before.values().close();
        } else if (gradient instanceof RowSparseGradient rows) {
            rows.addedTo(memory);
        } else {
            memory.addi(gradient.dense());
        }
        return new DenseGradient(memory);
    }

    /** The sum so far; it is good until the next {@link #add}, {@link #clear} or {@link #close}. */
    public Gradients total() {
        return new Gradients(sums);
    }

    /** Starts again from nothing. */
    public void clear() {
        for (Gradient sum : sums.values()) {
            if (sum instanceof RowSparseGradient rows) {
                rows.values().close();
            }
        }
        sums.clear();
    }

    /** Gives the memory back. Idempotent. */
    @Override
    public void close() {
        clear();
        denseMemory.values().forEach(INDArray::close);
        denseMemory.clear();
    }
}
