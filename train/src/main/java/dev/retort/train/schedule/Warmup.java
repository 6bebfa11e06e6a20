package dev.retort.train.schedule;

/** The beginning that the schedules share. */
final class Warmup {

    private Warmup() {}

    static void require(long warmupSteps) {
        if (warmupSteps < 0) {
            throw new IllegalArgumentException("warmupSteps: expected 0 or more, got " + warmupSteps);
        }
    }

    static void require(long warmupSteps, long totalSteps) {
        require(warmupSteps);
        if (totalSteps < 1 || warmupSteps > totalSteps) {
            throw new IllegalArgumentException(
                    "totalSteps: expected 1 or more, and no fewer than the warm-up has: totalSteps=" + totalSteps
                            + " warmupSteps=" + warmupSteps);
        }
    }

    /** step / warmupSteps. */
    static double share(long step, long warmupSteps) {
        return (double) step / warmupSteps;
    }
}
