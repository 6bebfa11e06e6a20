package dev.retort.train.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    @Test
    void constant_isOneAfterTheWarmup() {
        assertThat(first(4, Schedule.constant())).containsExactly(1, 1, 1, 1);
        assertThat(first(6, Schedule.constant(4))).containsExactly(0, 0.25, 0.5, 0.75, 1, 1);
    }

    @Test
    void linear_risesThenFallsToZeroAtTheLastStep() {
        // transformers.get_linear_schedule_with_warmup(optimizer, 2, 6)
        assertThat(first(9, Schedule.linear(2, 6))).containsExactly(0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0, 0);
    }

    @Test
    void linear_withoutWarmup_startsAtOne() {
        assertThat(first(3, Schedule.linear(0, 2))).containsExactly(1, 0.5, 0);
    }

    @Test
    void cosine_risesThenFallsAlongHalfACosine() {
        // transformers.get_cosine_schedule_with_warmup(optimizer, 2, 6) up to step 6
        double[] expected = {0, 0.5, 1, 0.8535533905932737, 0.5, 0.1464466094067262, 0, 0, 0};
        assertThat(first(9, Schedule.cosine(2, 6))).containsExactly(expected, within(1e-15));
    }

    @Test
    void warmupOverAllSteps_risesOnly() {
        assertThat(first(4, Schedule.linear(4, 4))).containsExactly(0, 0.25, 0.5, 0.75);
        assertThat(first(4, Schedule.cosine(4, 4))).containsExactly(0, 0.25, 0.5, 0.75);
    }

    @Test
    void equals_sameNumbers_isTheSameSchedule() {
        assertThat(Schedule.linear(2, 6)).isEqualTo(Schedule.linear(2, 6)).isNotEqualTo(Schedule.linear(2, 7));
    }

    @Test
    void stepsOutOfRange_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.constant(-1))
                .withMessage("warmupSteps: expected 0 or more, got -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.linear(7, 6))
                .withMessage(
                        "totalSteps: expected 1 or more, and no fewer than the warm-up has: totalSteps=6 warmupSteps=7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.cosine(0, 0))
                .withMessage(
                        "totalSteps: expected 1 or more, and no fewer than the warm-up has: totalSteps=0 warmupSteps=0");
    }

    private static double[] first(int count, Schedule schedule) {
        return LongStream.range(0, count).mapToDouble(schedule::multiplier).toArray();
    }
}
