package dev.retort.train.schedule;

/** After the warm-up: (1 + cos(π q)) / 2, q the share of the remaining steps that lies behind, in [0, 1]. */
record CosineSchedule(long warmupSteps, long totalSteps) implements Schedule {

    CosineSchedule {
        Warmup.require(warmupSteps, totalSteps);
    }

    @Override
    public double multiplier(long step) {
        if (step < warmupSteps) {
            return Warmup.share(step, warmupSteps);
        }
        double share = Math.min(1, (double) (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
        return (1 + Math.cos(Math.PI * share)) / 2;
    }
}
