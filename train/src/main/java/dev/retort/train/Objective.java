package dev.retort.train;

import dev.retort.autograd.fusion.Targets;

/** What is minimised: the cross-entropies of the tasks, each with its weight. */
interface Objective {

    /** What cross-entropy compares a task's logits with. */
    Targets targets(int task, int[] labels);

    /** λₜ, the factor of a task's loss in the sum. */
    double weight(int task);
}
