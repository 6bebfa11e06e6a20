package dev.retort.train.optimizer;

import dev.retort.autograd.Gradient;
import dev.retort.autograd.RowSparseGradient;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One parameter's gradient as the sum of shares, which is not made before an element is needed: shares of several threads cost one reading,
 * not a pass of their own. It keeps their tensors alive.
 */
final class SummedGradient {

    private final List<Gradient> shares; // all row-sparse, or none
    private final List<INDArray> elements; // row-major, of all rows or those of the share

    private SummedGradient(List<Gradient> shares) {
        this.shares = shares;
        this.elements = shares.stream()
                .map(SummedGradient::elements)
                .map(NativeBytes::rowMajor)
                .toList();
        for (INDArray some : elements) {
            Nd4j.getAffinityManager().ensureLocation(some, Location.HOST);
        }
    }

    /** @param shares one at least, of equal shapes and types */
    static SummedGradient of(List<Gradient> shares) {
        boolean mixed = shares.stream()
                        .map(RowSparseGradient.class::isInstance)
                        .distinct()
                        .count()
                > 1;
        return new SummedGradient(
                mixed ? List.of(shares.stream().reduce(Gradient::plus).orElseThrow()) : List.copyOf(shares));
    }

    static INDArray elements(Gradient gradient) {
        return gradient instanceof RowSparseGradient rows ? rows.values() : gradient.dense();
    }

    boolean isRowSparse() {
        return shares.get(0) instanceof RowSparseGradient;
    }

    long[] shape() {
        return shares.get(0).shape();
    }

    DataType type() {
        return elements.get(0).dataType();
    }

    /** The rows that a share has, if it is row-sparse. */
    BitSet rows() {
        BitSet rows = new BitSet();
        for (Gradient share : shares) {
            RowSparseGradient sparse = (RowSparseGradient) share;
            for (int i = 0; i < sparse.rowCount(); i++) {
                rows.set(sparse.row(i));
            }
        }
        return rows;
    }

    /**
     * Elements that lie one behind the other, if it is dense.
     *
     * @param stretches into which they are divided, each of {@code length} elements
     */
    Addends block(long first, int stretches, int length) {
        List<ByteBuffer> views = new ArrayList<>();
        int[][] places = new int[shares.size()][stretches];
        for (int share = 0; share < places.length; share++) {
            views.add(view(share, first, (long) stretches * length));
            for (int i = 0; i < stretches; i++) {
                places[share][i] = i * length;
            }
        }
        return new Addends(views, places);
    }

    /**
     * Where each share has rows of the table, if it is row-sparse.
     *
     * @param rows ascending
     * @return by share and row, the row of its values or {@link Addends#NONE}
     */
    int[][] sources(int[] rows) {
        int[][] sources = new int[shares.size()][rows.length];
        for (int share = 0; share < sources.length; share++) {
            RowSparseGradient sparse = (RowSparseGradient) shares.get(share);
            int next = 0;
            for (int i = 0; i < rows.length; i++) {
                while (next < sparse.rowCount() && sparse.row(next) < rows[i]) {
                    next++;
                }
                boolean present = next < sparse.rowCount() && sparse.row(next) == rows[i];
                sources[share][i] = present ? next : Addends.NONE;
            }
        }
        return sources;
    }

    /** Some of the rows to which {@link #sources} belong, from one to the one before another. */
    Addends rows(int[][] sources, int from, int to) {
        int length = Math.toIntExact(shape()[1]);
        List<ByteBuffer> views = new ArrayList<>();
        int[][] places = new int[sources.length][to - from];
        for (int share = 0; share < sources.length; share++) {
            int first = Addends.NONE;
            int last = Addends.NONE;
            for (int i = from; i < to; i++) {
                int source = sources[share][i];
                first = first == Addends.NONE ? source : first;
                last = source == Addends.NONE ? last : source;
                places[share][i - from] = source == Addends.NONE ? Addends.NONE : (source - first) * length;
            }
            views.add(
                    first == Addends.NONE
                            ? ByteBuffer.allocate(0)
                            : view(share, (long) first * length, (last - first + 1L) * length));
        }
        return new Addends(views, places);
    }

    private ByteBuffer view(int share, long first, long count) {
        long width = type().width();
        return NativeBytes.view(NativeBytes.addressOf(elements.get(share)) + first * width, count * width);
    }
}
