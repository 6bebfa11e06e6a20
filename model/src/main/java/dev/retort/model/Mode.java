package dev.retort.model;

import dev.retort.autograd.fusion.DropoutSettings;
import dev.retort.core.RandomStream;

/** Whether the model is being trained. Training carries the randomness, so dropout at inference cannot be expressed. */
public sealed interface Mode {

    /** Nothing is dropped. */
    Mode INFERENCE = new Inference();

    /**
     * What a dropout site does in this mode.
     *
     * @param probability of dropping an element
     * @param site the number of the place in the network; each place has its own
     */
    DropoutSettings dropout(double probability, long site);

    /**
     * The mode of a part of the network (the embeddings, a layer, a head) whose parameters are all frozen: {@link #INFERENCE}, unless the
     * training asks for dropout there too.
     */
    Mode inFrozenPart();

    /** Training's mode at one optimiser step: a mask is a function of seed, step, site and element. Frozen parts drop nothing. */
    static Training training(long seed, long step) {
        return new Training(seed, step, false);
    }

    /** Nothing is dropped. */
    record Inference() implements Mode {

        @Override
        public DropoutSettings dropout(double probability, long site) {
            return DropoutSettings.NONE;
        }

        @Override
        public Mode inFrozenPart() {
            return this;
        }
    }

    /**
     * Elements are dropped.
     *
     * @param seed of the run
     * @param step of the optimiser
     * @param dropsInFrozenParts whether elements are dropped in parts that are not trained too, as in PyTorch's train mode
     */
    record Training(long seed, long step, boolean dropsInFrozenParts) implements Mode {

        /** The same, with dropout in frozen parts. */
        public Training droppingInFrozenParts() {
            return new Training(seed, step, true);
        }

        @Override
        public Mode inFrozenPart() {
            return dropsInFrozenParts ? this : INFERENCE;
        }

        @Override
        public DropoutSettings dropout(double probability, long site) {
            return new DropoutSettings(probability, new RandomStream(seed, step, site));
        }
    }
}
