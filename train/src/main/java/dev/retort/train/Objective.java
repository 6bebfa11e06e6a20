package dev.retort.train;

import dev.retort.autograd.fusion.Targets;
import dev.retort.train.dataset.Example;
import java.util.Arrays;
import java.util.List;

/**
 * What is minimised: L = Σₜ λₜ Lₜ, the cross-entropies Lₜ of the tasks, each with its weight.
 *
 * @param losses how each task's counts, in the tasks' order
 */
record Objective(List<TaskLoss> losses) {

    Objective {
        losses = List.copyOf(losses);
    }

    /** What cross-entropy compares a task's logits with. */
    Targets targets(int task, int... labels) {
        return losses.get(task).targets(labels);
    }

    /** λₜ, the factor of a task's loss in the sum. */
    double weight(int task) {
        return losses.get(task).weight();
    }

    /** How many rows have a label of the task; none if all of their classes have the weight zero, for then there is no loss. */
    int labelledRows(int task, int... labels) {
        return targets(task, labels).totalWeight() == 0
                ? 0
                : (int) Arrays.stream(labels)
                        .filter(label -> label != Example.MISSING)
                        .count();
    }
}
