package dev.retort.onednn;

import dev.retort.autograd.fusion.Activation;
import dev.retort.autograd.fusion.Norm;
import dev.retort.core.Precision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One worker's columns of a text's products. After each product the workers meet, and each copies all columns into memory of its own.
 *
 * <p>Every worker makes the same calls in the same order.
 */
final class SharedColumns {

    private final Worker worker;
    private final SharedText text;
    private final int member;
    private int exchanges;

    /** Which columns: none where {@code first} is {@code end}. */
    private record Range(long first, long end) {

        /** A worker's share of {@code columns}, in units. */
        static Range of(long columns, long unit, int member, int members) {
            long units = (columns + unit - 1) / unit;
            return new Range(
                    start(columns, unit, units, member, members), start(columns, unit, units, member + 1, members));
        }

        private static long start(long columns, long unit, long units, int member, int members) {
            return Math.min(columns, (units * member + members - 1) / members * unit);
        }

        long count() {
            return end - first;
        }
    }

    SharedColumns(Worker worker, SharedText text, int member) {
        this.worker = worker;
        this.text = text;
        this.member = member;
    }

    /** Whether there is something to divide. */
    boolean divide(PackedWeight weight) {
        return weight.block() > 0;
    }

    /** Whether there is something to divide in queries, keys and values that lie side by side. */
    boolean divide(PackedWeight weight, int headCount) {
        long hidden = weight.outputSize() / 3;
        return weight.block() > 0 && hidden % unit(weight.block(), hidden / headCount) == 0;
    }

    /** Columns that begin with a block of the weight and with a head. */
    private static long unit(long block, long headSize) {
        long unit = block;
        while (unit % headSize != 0) {
            unit += block;
        }
        return unit;
    }

    /** Y = act(X Wᵀ + b), (N, out), of a type. */
    INDArray linear(INDArray x, PackedWeight weight, Activation activation, DataType type) {
        Kernels kernels = worker.kernels();
        INDArray y = kernels.scope().tensor(type, x.size(0), weight.outputSize());
        long shared = product(x, weight, activation, type);
        kernels.copy(shared, Address.of(y), x.size(0) * weight.outputSize() * type.width());
        return y;
    }

    /** Y = LayerNorm(X Wᵀ + b + R), (N, H). */
    INDArray linearAddNorm(INDArray x, PackedWeight weight, INDArray residual, Norm norm) {
        Kernels kernels = worker.kernels();
        INDArray y = kernels.tensor(x.size(0), weight.outputSize());
        long shared = product(x, weight, Activation.IDENTITY, DataType.FLOAT);
        long mark = kernels.scope().mark();
        worker.rows()
                .add(
                        Kernels.roundedRows(x.size(0)),
                        weight.outputSize(),
                        shared,
                        kernels.paddedRows(residual),
                        Address.of(y));
        kernels.scope().release(mark);
        Normalization.inPlace(worker, y, norm);
        return y;
    }

    /** The address of all columns of X Wᵀ + b, of every worker, to be read before the next but one exchange. */
    private long product(INDArray x, PackedWeight weight, Activation activation, DataType type) {
        Kernels kernels = worker.kernels();
        long rows = Kernels.roundedRows(x.size(0));
        long out = weight.outputSize();
        long shared = text.exchange(exchanges++, rows * out * type.width());
        Range own = Range.of(out, weight.block(), member, text.workers());
        if (own.count() > 0) {
            long mark = kernels.scope().mark();
            Panel panel = weight.panel(own.first(), own.count());
            forward(rows, x, panel, activation, type, shared + own.first() * type.width(), out);
            kernels.scope().release(mark);
        }
        text.meet(member);
        return shared;
    }

    private void forward(
            long rows, INDArray x, Panel panel, Activation activation, DataType type, long y, long stride) {
        long input = worker.kernels().paddedRows(x);
        if (panel.precision() == Precision.F32) {
            worker.products().forward(rows, input, panel, activation, 0, y, stride);
        } else {
            worker.narrowProducts().forward(rows, x.dataType(), input, panel, activation, 0, type, y, stride);
        }
    }

    /** C of all heads, (N, H), in the type of queries, keys and values. */
    INDArray selfAttention(INDArray x, PackedWeight weight, int headCount) {
        Kernels kernels = worker.kernels();
        DataType type = weight.precision() == Precision.F32 ? DataType.FLOAT : DataType.BFLOAT16;
        long hidden = weight.outputSize() / 3;
        long rows = Kernels.roundedRows(x.size(0));
        INDArray context = kernels.scope().tensor(type, x.size(0), hidden);
        long shared = text.exchange(exchanges++, rows * hidden * type.width());
        Range own = Range.of(hidden, unit(weight.block(), hidden / headCount), member, text.workers());
        if (own.count() > 0) {
            long mark = kernels.scope().mark();
            long projected = kernels.scope().allocate(rows * 3 * hidden * type.width());
            project(rows, x, weight, own, type, projected);
            attend(own, Math.toIntExact(hidden), headCount, type, projected, shared);
            kernels.scope().release(mark);
        }
        text.meet(member);
        kernels.copy(shared, Address.of(context), x.size(0) * hidden * type.width());
        return context;
    }

    /** Own columns of Q, K and V, of inputs that are brought into the weight's format once. */
    private void project(long rows, INDArray x, PackedWeight weight, Range own, DataType type, long projected) {
        long hidden = weight.outputSize() / 3;
        long input = worker.kernels().paddedRows(x);
        NarrowProducts narrow = worker.narrowProducts();
        NarrowProducts.Narrowed inputs = weight.precision() == Precision.F32
                ? null
                : narrow.narrowed(rows, x.size(1), x.dataType(), input, weight.precision());
        for (int part = 0; part < 3; part++) {
            long first = part * hidden + own.first();
            Panel panel = weight.panel(first, own.count());
            long y = projected + first * type.width();
            if (inputs == null) {
                worker.products().forward(rows, input, panel, Activation.IDENTITY, 0, y, 3 * hidden);
            } else {
                narrow.forward(inputs, panel, Activation.IDENTITY, 0, type, y, 3 * hidden);
            }
        }
    }

    private void attend(Range own, int hidden, int headCount, DataType type, long projected, long context) {
        int headSize = hidden / headCount;
        int length = text.tokenCount();
        int mine = Math.toIntExact(own.count() / headSize);
        int heads = Groups.headsTogether(mine, (long) length * length);
        SharedSelfAttention.attend(
                worker,
                new HeadProducts.Sizes(1, heads, headCount, length, length, headSize, Groups.keysFirst(length)),
                Math.toIntExact(own.first() / headSize),
                mine,
                type,
                new SharedSelfAttention.Rows(projected, projected, context));
    }
}
