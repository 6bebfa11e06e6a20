package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;

/** A batch and what is computed of it: by one worker, or by several that divide its rows. It keeps what it computes. */
interface Task {

    Batch batch();

    /** Whether several workers may divide the rows: of a batch of one sequence. */
    boolean divisible();

    /** Computes on one worker, in its step scope. */
    void compute(Fusions fusions);

    /** Computes one worker's rows, in its step scope; called by each of the workers. */
    void computeShare(int worker, SharedRows rows, Fusions own);
}
