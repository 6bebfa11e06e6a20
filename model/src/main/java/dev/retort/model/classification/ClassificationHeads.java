package dev.retort.model.classification;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.Shape;
import dev.retort.model.Mode;
import dev.retort.model.ParameterScope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The heads of all tasks, on the same sentence vectors. Immutable. */
public final class ClassificationHeads {

    private static final long FIRST_DROPOUT_SITE = 1L << 20; // above every layer's

    private final int inputSize;
    private final List<ClassificationTask> tasks;
    private final List<ClassificationHead> heads;

    /**
     * @param scope gives parameters named {@code heads.TASK.*}
     * @param inputSize E
     * @param tasks one at least, of different names
     */
    public ClassificationHeads(ParameterScope scope, int inputSize, List<ClassificationTask> tasks) {
        this.inputSize = inputSize;
        this.tasks = requireDifferentNames(tasks);
        List<ClassificationHead> built = new ArrayList<>();
        for (ClassificationTask task : this.tasks) {
            built.add(ClassificationHead.of(
                    scope.child("heads").child(task.name()),
                    task.head(),
                    inputSize,
                    task.classCount(),
                    FIRST_DROPOUT_SITE + built.size()));
        }
        this.heads = List.copyOf(built);
    }

    static List<ClassificationTask> requireDifferentNames(List<ClassificationTask> tasks) {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("tasks: expected at least one");
        }
        Set<String> names = new HashSet<>();
        for (ClassificationTask task : tasks) {
            if (!names.add(task.name())) {
                throw new IllegalArgumentException("tasks: two are named " + task.name());
            }
        }
        return List.copyOf(tasks);
    }

    /**
     * @param features sentence vectors, (B, E)
     * @return the logits of each task, in the tasks' order, (B, C) each
     */
    public List<Variable> forward(Variable features, Fusions fusions, Mode mode) {
        Shape.require("features", features.value(), Shape.ANY, inputSize);
        List<Variable> logits = new ArrayList<>(heads.size());
        for (ClassificationHead head : heads) {
            logits.add(head.forward(features, fusions, mode));
        }
        return logits;
    }

    /** What is answered, in the order of the logits. */
    public List<ClassificationTask> tasks() {
        return tasks;
    }

    /** E, the width of the vectors that enter. */
    public int inputSize() {
        return inputSize;
    }
}
