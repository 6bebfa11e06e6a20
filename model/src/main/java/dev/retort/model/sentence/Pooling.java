package dev.retort.model.sentence;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.PoolingMode;
import dev.retort.core.SequenceLayout;
import java.util.List;

/**
 * One vector a text; several modes are joined end to end, in their order.
 *
 * @param modes at least one
 */
public record Pooling(List<PoolingMode> modes) {

    public Pooling {
        modes = List.copyOf(modes);
        if (modes.isEmpty()) {
            throw new IllegalArgumentException("pooling: expected at least one mode");
        }
    }

    /** Masked mean, the usual one. */
    public static Pooling mean() {
        return new Pooling(List.of(PoolingMode.MEAN));
    }

    /**
     * @param hiddenStates (N, H)
     * @param layout of N tokens
     * @return (B, modes x H)
     */
    public Variable forward(Variable hiddenStates, SequenceLayout layout, Fusions fusions) {
        return Variable.concat(
                1,
                modes.stream()
                        .map(mode -> fusions.pool(hiddenStates, layout, mode))
                        .toList());
    }
}
