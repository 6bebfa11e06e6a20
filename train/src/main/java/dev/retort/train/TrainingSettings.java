package dev.retort.train;

/**
 * How a run is done. With the model and the data it determines every bit of the outcome.
 *
 * @param scenario what is trained
 * @param epochs how often the data set is gone through
 * @param batchSize rows of a batch
 * @param accumulatedBatches batches of one optimiser step, whose gradients are averaged
 * @param seed of shuffling, dropout and fresh heads
 * @param threads that compute; the bits depend on their number
 * @param maxTokens at which a text is cut, [CLS] and [SEP] included; 0 for the model's own limit
 * @param grouping whether texts of like length share a batch
 * @param dropoutInFrozenParts whether elements are dropped in frozen parts too, as PyTorch's train mode does
 * @param optimization how parameters move
 * @param patience epochs without improvement after which the run ends; 0 for none
 * @param keptCheckpoints how many checkpoints are kept, 0 for none to be written
 * @param stepsPerCheckpoint optimiser steps between checkpoints; 0 for one at the end of each epoch only
 */
public record TrainingSettings(
        Scenario scenario,
        int epochs,
        int batchSize,
        int accumulatedBatches,
        long seed,
        int threads,
        int maxTokens,
        Grouping grouping,
        boolean dropoutInFrozenParts,
        Optimization optimization,
        int patience,
        int keptCheckpoints,
        int stepsPerCheckpoint) {

    /** Which rows share a batch. */
    public enum Grouping {
        /** Rows as they were shuffled. */
        NONE,
        /** Within stretches of the shuffled rows, those of like length. */
        LENGTH
    }

    public TrainingSettings {
        require("epochs", epochs, 1);
        require("batch size", batchSize, 1);
        require("accumulated batches", accumulatedBatches, 1);
        require("threads", threads, 1);
        require("max tokens", maxTokens, 0);
        require("patience", patience, 0);
        require("kept checkpoints", keptCheckpoints, 0);
        require("steps per checkpoint", stepsPerCheckpoint, 0);
    }

    private static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + ": expected " + least + " or more, got " + value);
        }
    }

    /** Ten epochs of {@link Scenario#headsOnly} in batches of two, by {@link Optimization#adam}; two checkpoints. */
    public static TrainingSettings defaults() {
        return new TrainingSettings(
                Scenario.headsOnly(),
                10,
                2,
                1,
                42,
                Runtime.getRuntime().availableProcessors(),
                0,
                Grouping.NONE,
                false,
                Optimization.adam(),
                0,
                2,
                0);
    }

    /** The same with another scenario. */
    public TrainingSettings withScenario(Scenario other) {
        return new TrainingSettings(
                other,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with another number of epochs. */
    public TrainingSettings withEpochs(int other) {
        return new TrainingSettings(
                scenario,
                other,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with other batches. */
    public TrainingSettings withBatches(int size, int accumulated) {
        return new TrainingSettings(
                scenario,
                epochs,
                size,
                accumulated,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with another seed. */
    public TrainingSettings withSeed(long other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                other,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with another number of threads. */
    public TrainingSettings withThreads(int other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                other,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with another limit of texts. */
    public TrainingSettings withMaxTokens(int other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                other,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with other batches of rows. */
    public TrainingSettings withGrouping(Grouping other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                other,
                dropoutInFrozenParts,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with or without dropout in frozen parts. */
    public TrainingSettings withDropoutInFrozenParts(boolean other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                other,
                optimization,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with another optimiser. */
    public TrainingSettings withOptimization(Optimization other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                other,
                patience,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with or without early stopping. */
    public TrainingSettings withPatience(int other) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                other,
                keptCheckpoints,
                stepsPerCheckpoint);
    }

    /** The same with other checkpoints. */
    public TrainingSettings withCheckpoints(int kept, int steps) {
        return new TrainingSettings(
                scenario,
                epochs,
                batchSize,
                accumulatedBatches,
                seed,
                threads,
                maxTokens,
                grouping,
                dropoutInFrozenParts,
                optimization,
                patience,
                kept,
                steps);
    }
}
