package dev.retort.onednn;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of several weights that were packed as one, so that a single product computes all of them.
 *
 * @param all the packed weight, its outputs those of the parts in order
 * @param index which part
 * @param count of how many
 * @param bias this part's own, or null
 */
record JoinedWeight(
        PackedWeight all, int index, int count, @Nullable Variable bias) implements Weight {

    @Override
    public void close() {
        all.close();
    }

    @Override
    public long outputSize() {
        return all.outputSize() / count;
    }

    @Override
    public Variable matrix() {
        long first = index * outputSize();
        return Variable.constant(Tensors.viewRows(all.matrix().value(), first, first + outputSize())
                .dup('c'));
    }

    /** The packed weight of which these are all parts in order, or null. */
    static @Nullable PackedWeight whole(List<Weight> weights) {
        PackedWeight all = weights.get(0) instanceof JoinedWeight first ? first.all() : null;
        for (int i = 0; i < weights.size(); i++) {
            if (!(weights.get(i) instanceof JoinedWeight part)
                    || part.all() != all
                    || part.index() != i
                    || part.count() != weights.size()) {
                return null;
            }
        }
        return all;
    }
}
