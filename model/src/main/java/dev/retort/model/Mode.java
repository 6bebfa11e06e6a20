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

    /** Training's mode at one optimiser step: a mask is a function of seed, step, site and element. */
    static Mode training(long seed, long step) {
        return new Training(seed, step);
    }

    /** Nothing is dropped. */
    record Inference() implements Mode {

        @Override
        public DropoutSettings dropout(double probability, long site) {
            return DropoutSettings.NONE;
        }
    }

    /**
     * Elements are dropped.
     *
     * @param seed of the run
     * @param step of the optimiser
     */
    record Training(long seed, long step) implements Mode {

        @Override
        public DropoutSettings dropout(double probability, long site) {
            return new DropoutSettings(probability, new RandomStream(seed, step, site));
        }
    }
}
