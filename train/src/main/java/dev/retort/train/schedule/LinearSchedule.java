package dev.retort.train.schedule;

/** After the warm-up: (totalSteps - step) / (totalSteps - warmupSteps), never below zero. */
record LinearSchedule(long warmupSteps, long totalSteps) implements Schedule {

    LinearSchedule {
        Warmup.require(warmupSteps, totalSteps);
    }

    @Override
    public double multiplier(long step) {
        return step < warmupSteps
                ? Warmup.share(step, warmupSteps)
                : Math.max(0, (double) (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
    }
}
