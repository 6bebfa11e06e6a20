package dev.retort.train;

import dev.retort.train.dataset.BatchPlan;
import dev.retort.train.dataset.Cursor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far a run has come: what changes from step to step and is no tensor. */
final class Progress {

    private final List<String> tasks;
    private final double[] epochSums; // of Lₜ over the labelled rows of the epoch so far
    private final long[] epochRows; // labelled, by task
    private final double[] lastLosses; // of the last step, NaN where no row had a label
    private long step;
    private Cursor cursor = Cursor.START;
    private double epochTotal; // of what was minimised, over the steps of the epoch so far
    private long epochSteps;

    Progress(List<String> tasks) {
        this.tasks = List.copyOf(tasks);
        this.epochSums = new double[tasks.size()];
        this.epochRows = new long[tasks.size()];
        this.lastLosses = new double[tasks.size()];
        Arrays.fill(lastLosses, Double.NaN);
    }

    /** Goes on from where a run was. */
    void restore(TrainingState.Position saved) {
        step = saved.step();
        cursor = saved.cursor();
        for (int task = 0; task < tasks.size(); task++) {
            epochSums[task] = saved.epochSums().get(task);
            epochRows[task] = saved.epochRows().get(task);
            lastLosses[task] = saved.lastLosses().get(task);
        }
        epochTotal = saved.epochTotal();
        epochSteps = saved.epochSteps();
    }

    TrainingState.Position position() {
        return new TrainingState.Position(
                step,
                cursor,
                Arrays.stream(epochSums).boxed().toList(),
                Arrays.stream(epochRows).boxed().toList(),
                epochTotal,
                epochSteps,
                Arrays.stream(lastLosses).boxed().toList());
    }

    /** Forgets the sums of the epoch before. */
    void beginEpoch() {
        Arrays.fill(epochSums, 0);
        Arrays.fill(epochRows, 0);
        epochTotal = 0;
        epochSteps = 0;
    }

    /** A batch was read. */
    void advance(BatchPlan plan) {
        cursor = cursor.next(plan);
    }

    /** The parameters were moved. */
    void add(StepLosses losses) {
        for (int task = 0; task < tasks.size(); task++) {
            epochSums[task] += losses.sum(task);
            epochRows[task] += losses.labelled(task);
            lastLosses[task] = losses.mean(task);
        }
        epochTotal += losses.total();
        epochSteps++;
        step++;
    }

    /** Optimiser steps done. */
    long step() {
        return step;
    }

    /** The epoch of the batch that comes next, from 0. */
    int epoch() {
        return cursor.epoch();
    }

    /** The batch that comes next, from 0 in its epoch. */
    int batch() {
        return cursor.batch();
    }

    /** The losses of the last step, by task; absent where no row had a label. */
    Map<String, Double> lastLosses() {
        return byTask(lastLosses);
    }

    /** The mean loss of each task over the labelled rows of the epoch so far. */
    Map<String, Double> epochLosses() {
        double[] means = new double[tasks.size()];
        for (int task = 0; task < means.length; task++) {
            means[task] = epochRows[task] == 0 ? Double.NaN : epochSums[task] / epochRows[task];
        }
        return byTask(means);
    }

    /** The mean of what was minimised, over the steps of the epoch so far. */
    double epochTotal() {
        return epochTotal / Math.max(1, epochSteps);
    }

    private Map<String, Double> byTask(double[] values) {
        Map<String, Double> named = new LinkedHashMap<>();
        for (int task = 0; task < values.length; task++) {
            if (!Double.isNaN(values[task])) {
                named.put(tasks.get(task), values[task]);
            }
        }
        return named;
    }
}
