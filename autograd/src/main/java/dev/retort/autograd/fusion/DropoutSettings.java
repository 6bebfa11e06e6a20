package dev.retort.autograd.fusion;

import dev.retort.autograd.Variable;
import dev.retort.core.RandomStream;
import dev.retort.core.SequenceLayout;

/**
 * Whether and how elements are dropped.
 *
 * @param probability of dropping an element, in [0, 1); 0 drops nothing
 * @param random where the mask comes from
 */
public record DropoutSettings(double probability, RandomStream random) {

    /** Nothing is dropped: inference. */
    public static final DropoutSettings NONE = new DropoutSettings(0, new RandomStream(0, 0, 0));

    /** What drops the attention weights of one run: each run draws from a stream of its own. */
    public DropoutSettings ofRun(SequenceLayout.Run run) {
        long site = random.site() ^ ((long) (run.firstSequence() + 1) << 32);
        return new DropoutSettings(probability, new RandomStream(random.seed(), random.step(), site));
    }

    /** The function in primitives. */
    public Variable of(Variable x) {
        return x.dropout(probability, random);
    }
}
