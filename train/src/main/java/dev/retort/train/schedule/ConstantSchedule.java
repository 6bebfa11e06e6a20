package dev.retort.train.schedule;

/** min(1, step / warmupSteps). */
record ConstantSchedule(long warmupSteps) implements Schedule {

    ConstantSchedule {
        Warmup.require(warmupSteps);
    }

    @Override
    public double multiplier(long step) {
        return step < warmupSteps ? Warmup.share(step, warmupSteps) : 1;
    }
}
