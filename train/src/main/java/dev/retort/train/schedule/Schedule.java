package dev.retort.train.schedule;

/**
 * The factor of the learning rate as a function of time. It has no state: a resumed training asks for the step where it goes on.
 *
 * <p>Formulas of {@code transformers/optimization.py} ({@code get_constant_schedule_with_warmup} and its siblings). During warm-up the
 * factor is step / warmupSteps, so the very first update of a schedule with warm-up has the rate zero.
 */
@FunctionalInterface
public interface Schedule {

    /**
     * The factor.
     *
     * @param step the number of updates made before this one, from zero
     */
    double multiplier(long step);

    /** Always one. */
    static Schedule constant() {
        return new ConstantSchedule(0);
    }

    /** Rises to one over the warm-up and stays there. */
    static Schedule constant(long warmupSteps) {
        return new ConstantSchedule(warmupSteps);
    }

    /**
     * Rises to one over the warm-up, falls in a straight line to zero at the last step, and stays there.
     *
     * @param totalSteps warm-up included
     */
    static Schedule linear(long warmupSteps, long totalSteps) {
        return new LinearSchedule(warmupSteps, totalSteps);
    }

    /**
     * Rises to one over the warm-up, falls along half a cosine to zero at the last step, and stays there. (After the last step the
     * original rises again.)
     *
     * @param totalSteps warm-up included
     */
    static Schedule cosine(long warmupSteps, long totalSteps) {
        return new CosineSchedule(warmupSteps, totalSteps);
    }
}
