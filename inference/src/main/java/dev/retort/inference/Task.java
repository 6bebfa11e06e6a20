package dev.retort.inference;

import dev.retort.autograd.fusion.Fusions;
import dev.retort.autograd.fusion.SharedRows;
import java.util.List;

/** A batch and what is computed of it: by one worker, or by several that divide its rows. It keeps what it computes. */
interface Task {

    Batch batch();

    /** Whether several workers may divide the rows: of a batch of one sequence. */
    boolean divisible();

    /** Whether another call's task may be computed together with this one, both of one sequence. */
    default boolean goesWith(Task other) {
        return false;
    }

    /** This and others that go with it as one task, which puts each one's result where that one would. */
    default Task joinedWith(List<Task> others) {
        throw new IllegalStateException("task: goes with no other");
    }

    /** Computes on one worker, in its step scope. */
    void compute(Fusions fusions);

    /** Computes one worker's rows, in its step scope; called by each of the workers. */
    void computeShare(int worker, SharedRows rows, Fusions own);
}
