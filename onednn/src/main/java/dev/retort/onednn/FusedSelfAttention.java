package dev.retort.onednn;

import dev.retort.autograd.Gradients;
import dev.retort.autograd.Operation;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.AttentionSettings;
import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.RandomStream;
import dev.retort.core.SequenceLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Attention of packed texts, for each head of each text.
 *
 * <pre>
 *   P = softmax(Q Kᵀ / √D)      Q, K, V = X's three projections
 *   C = dropout(P) V            (N, H) -> (N, H)
 * </pre>
 *
 * The projections lie side by side in the rows of one (N, 3H) matrix and the kernels read them there; texts of one length are computed
 * together in {@link Groups}. A text of one token is its own context: P = 1.
 */
final class FusedSelfAttention implements Operation {

    private final Worker worker;
    private final List<Variable> inputs;
    private final Variable x; // (N, H)
    private final List<Weight> weights; // query, key, value, each (H, H), (H)
    private final SequenceLayout layout;
    private final AttentionSettings settings;
    private final int hidden;
    private final int headSize;
    private final @Nullable INDArray projections; // Q, K, V, (N, 3H), kept for backward
    private final @Nullable List<INDArray> attentionWeights; // P of each run, (n, A, L, L), kept for backward
    private final INDArray context; // C, (N, H)

    FusedSelfAttention(
            Worker worker,
            List<Variable> inputs,
            Variable x,
            List<Weight> weights,
            SequenceLayout layout,
            AttentionSettings settings) {
        this.worker = worker;
        this.inputs = inputs;
        this.x = x;
        this.weights = weights;
        this.layout = layout;
        this.settings = settings;
        this.hidden = Math.toIntExact(weights.get(0).outputSize());
        this.headSize = hidden / settings.headCount();
        Kernels kernels = worker.kernels();
        this.context = kernels.tensor(x.size(0), hidden);
        boolean recorded = Variable.recorded(inputs);
        this.projections = recorded ? kernels.tensor(x.size(0), 3L * hidden) : null;
        this.attentionWeights = recorded ? new ArrayList<>() : null;
        if (attentionWeights != null) {
            for (SequenceLayout.Run run : layout.runs()) {
                attentionWeights.add(kernels.tensor(run.count(), settings.headCount(), run.length(), run.length()));
            }
        }
        long mark = kernels.scope().mark();
        long projected = projections == null
                ? kernels.floats(Kernels.roundedRows(x.size(0)) * 3 * hidden)
                : Address.of(projections);
        project(worker, x, weights, projected);
        for (int i = 0; i < layout.runs().size(); i++) {
            attend(layout.runs().get(i), projected, attentionWeights == null ? null : attentionWeights.get(i));
        }
        kernels.scope().release(mark);
    }

    /** Q, K, V = X Wᵀ + b, side by side in rows of 3H floats at an address; rows up to {@link Kernels#roundedRows} are written. */
    static void project(Worker worker, Variable x, List<Weight> weights, long projected) {
        long rows = Kernels.roundedRows(x.size(0));
        long input = worker.kernels().paddedRows(x.value());
        long hidden = weights.get(0).outputSize();
        PackedWeight joined = JoinedWeight.whole(weights);
        if (joined != null) {
            worker.products().forward(rows, input, joined, Activation.IDENTITY, 0, projected, 3 * hidden);
            return;
        }
        for (int i = 0; i < weights.size(); i++) {
            long target = projected + i * hidden * Kernels.FLOAT_BYTES;
            worker.products().forward(rows, input, weights.get(i), Activation.IDENTITY, 0, target, 3 * hidden);
        }
    }

    /** Contexts of one run; its attention weights go to {@code kept} where there is one. */
    private void attend(SequenceLayout.Run run, long projected, @Nullable INDArray kept) {
        Kernels kernels = worker.kernels();
        long mark = kernels.scope().mark();
        INDArray whole = kept;
        if (whole == null && settings.observer() != null) {
            whole = kernels.tensor(run.count(), settings.headCount(), run.length(), run.length());
        }
        boolean single = run.length() == 1;
        if (single && whole != null) {
            whole.assign(1);
        }
        if (single && settings.dropout().probability() == 0) {
            copySingles(run, projected + 2L * hidden * Kernels.FLOAT_BYTES, 3L * hidden, Address.of(context), hidden);
        } else if (single) {
            dropSingles(run, projected + 2L * hidden * Kernels.FLOAT_BYTES, 3L * hidden, Address.of(context), hidden);
        } else {
            for (Groups.Group group : groups().ofRun(run)) {
                attend(run, group, projected, whole == null ? 0 : Address.of(whole));
            }
        }
        if (settings.observer() != null && whole != null) {
            settings.observer().attentionWeights(run, whole);
        }
        kernels.scope().release(mark);
    }

    /** @param weightsOfRun the address of the run's P, (n, A, L, L), or 0 for memory that is used once */
    private void attend(SequenceLayout.Run run, Groups.Group group, long projected, long weightsOfRun) {
        Kernels kernels = worker.kernels();
        HeadProducts.Sizes sizes = group.sizes();
        long mark = kernels.scope().mark();
        long shown = weightsOfRun + group.firstScore() * Kernels.FLOAT_BYTES;
        long scores = weightsOfRun == 0 || sizes.keysFirst() ? kernels.floats(sizes.scoreCount()) : shown;
        long query = head(projected, 3, group);
        worker.heads().attentionWeights(group, query, query + hidden * Kernels.FLOAT_BYTES, scores);
        if (weightsOfRun != 0 && sizes.keysFirst()) {
            worker.heads().show(sizes, scores, shown);
        }
        long dropped = scores;
        if (settings.dropout().probability() > 0) {
            dropped = kernels.floats(sizes.scoreCount());
            drop(run, group, scores, dropped);
        }
        worker.heads()
                .context(
                        group, dropped, query + 2L * hidden * Kernels.FLOAT_BYTES, head(Address.of(context), 1, group));
        kernels.scope().release(mark);
    }

    private Groups groups() {
        boolean anyOrder = projections == null && settings.dropout().probability() == 0;
        return worker.heads().groups(layout, settings.headCount(), headSize, anyOrder);
    }

    /** Where a group's first head begins in the rows of a matrix of {@code widths} times H columns. */
    private long head(long matrix, long widths, Groups.Group group) {
        return matrix
                + (group.firstRow() * widths * hidden + (long) group.firstHead() * headSize) * Kernels.FLOAT_BYTES;
    }

    private void drop(SequenceLayout.Run run, Groups.Group group, long from, long to) {
        DropoutSettings dropout = settings.dropout();
        worker.loops()
                .drop(
                        dropout.ofRun(run).random(),
                        dropout.probability(),
                        group.firstScore(),
                        group.sizes().scoreCount(),
                        from,
                        to);
    }

    private void copySingles(SequenceLayout.Run run, long from, long fromStride, long to, long toStride) {
        for (int row = run.firstRow(); row < run.endRow(); row++) {
            worker.kernels()
                    .copy(
                            from + row * fromStride * Kernels.FLOAT_BYTES,
                            to + row * toStride * Kernels.FLOAT_BYTES,
                            hidden * Kernels.FLOAT_BYTES);
        }
    }

    /** With P = 1 dropout leaves a factor for each head: row ⊙ m / (1 - p). */
    private void dropSingles(SequenceLayout.Run run, long from, long fromStride, long to, long toStride) {
        DropoutSettings dropout = settings.dropout();
        RandomStream random = dropout.ofRun(run).random();
        float scale = (float) (1 / (1 - dropout.probability()));
        float[] row = new float[hidden];
        for (int r = run.firstRow(); r < run.endRow(); r++) {
            worker.kernels().read(from + r * fromStride * Kernels.FLOAT_BYTES, row, 0, hidden);
            for (int head = 0; head < settings.headCount(); head++) {
                long element = (long) (r - run.firstRow()) * settings.headCount() + head;
                float factor = random.uniform(element) < dropout.probability() ? 0 : scale;
                for (int d = head * headSize; d < (head + 1) * headSize; d++) {
                    row[d] *= factor;
                }
            }
            worker.kernels().write(row, 0, hidden, to + r * toStride * Kernels.FLOAT_BYTES);
        }
    }

    @Override
    public List<Variable> inputs() {
        return inputs;
    }

    @Override
    public INDArray forward() {
        return context;
    }

    @Override
    public void backward(INDArray y, INDArray dy, Gradients gradients) {
        if (projections == null || attentionWeights == null) {
            throw new IllegalStateException("selfAttention: backward of an operation that was not recorded");
        }
        Kernels kernels = worker.kernels();
        INDArray dContext = Address.rowMajor(dy);
        INDArray dProjections = kernels.tensor(x.size(0), 3L * hidden); // dQ, dK, dV side by side
        for (int i = 0; i < layout.runs().size(); i++) {
            SequenceLayout.Run run = layout.runs().get(i);
            INDArray weightsOfRun = attentionWeights.get(i);
            if (run.length() == 1) {
                singlesBackward(run, Address.of(dContext), Address.of(dProjections));
            } else {
                for (Groups.Group group : groups().ofRun(run)) {
                    attendBackward(
                            run,
                            group,
                            Address.of(projections),
                            Address.of(weightsOfRun) + group.firstScore() * Kernels.FLOAT_BYTES,
                            Address.of(dContext),
                            Address.of(dProjections));
                }
            }
        }
        projectBackward(dProjections, gradients);
    }

    /** P = 1 whatever Q and K are: dQ = dK = 0. */
    private void singlesBackward(SequenceLayout.Run run, long dContext, long dProjections) {
        for (int row = run.firstRow(); row < run.endRow(); row++) {
            worker.kernels()
                    .zero(dProjections + row * 3L * hidden * Kernels.FLOAT_BYTES, 2L * hidden * Kernels.FLOAT_BYTES);
        }
        long dValue = dProjections + 2L * hidden * Kernels.FLOAT_BYTES;
        if (settings.dropout().probability() == 0) {
            copySingles(run, dContext, hidden, dValue, 3L * hidden);
        } else {
            dropSingles(run, dContext, hidden, dValue, 3L * hidden);
        }
    }

    private void attendBackward(
            SequenceLayout.Run run,
            Groups.Group group,
            long projected,
            long weightsOfGroup,
            long dContext,
            long dProjections) {
        Kernels kernels = worker.kernels();
        HeadProducts.Sizes sizes = group.sizes();
        long part = hidden * Kernels.FLOAT_BYTES;
        long query = head(projected, 3, group);
        long dQuery = head(dProjections, 3, group);
        long dHeads = head(dContext, 1, group);
        boolean drops = settings.dropout().probability() > 0;

        long mark = kernels.scope().mark();
        long dScores = kernels.floats(sizes.scoreCount());
        long dropped = weightsOfGroup;
        if (drops) {
            dropped = kernels.floats(sizes.scoreCount());
            drop(run, group, weightsOfGroup, dropped);
        }
        worker.heads().valueGradient(sizes, dropped, dHeads, dQuery + 2 * part); // dV = dropout(P)ᵀ dC
        worker.heads().weightsGradient(sizes, dHeads, query + 2 * part, dScores); // d dropout(P) = dC Vᵀ
        if (drops) {
            drop(run, group, dScores, dScores); // dP
        }
        worker.rows().softmaxBackward(sizes.scoreRows(), sizes.length(), weightsOfGroup, dScores);
        worker.heads().queryGradient(sizes, dScores, query + part, dQuery); // dQ = dS K / √D
        worker.heads().keyGradient(sizes, dScores, query, dQuery + part); // dK = dSᵀ Q / √D
        kernels.scope().release(mark);
    }

    private void projectBackward(INDArray dProjections, Gradients gradients) {
        Kernels kernels = worker.kernels();
        long stride = 3L * hidden;
        gradients.add(
                x,
                () -> { // dX = dQ Wq + dK Wk + dV Wv
                    INDArray dx = kernels.tensor(x.size(0), x.size(1));
                    for (int i = 0; i < weights.size(); i++) {
                        long part = Address.of(dProjections) + (long) i * hidden * Kernels.FLOAT_BYTES;
                        new AffineGradients(worker, x, weights.get(i))
                                .addInputGradient(Kernels.roundedRows(x.size(0)), part, stride, Address.of(dx), i > 0);
                    }
                    return dx;
                });
        for (int i = 0; i < weights.size(); i++) {
            long part = Address.of(dProjections) + (long) i * hidden * Kernels.FLOAT_BYTES;
            new AffineGradients(worker, x, weights.get(i)).addParameterGradients(part, stride, gradients);
        }
    }
}
