package dev.retort.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TargetTest {

    @Test
    void isMet_bounds_belongToTheTarget() {
        assertThat(Target.atLeast(1.4).isMet(1.4)).isTrue();
        assertThat(Target.atLeast(1.4).isMet(1.39)).isFalse();
        assertThat(Target.atMost(0.75).isMet(0.75)).isTrue();
        assertThat(Target.atMost(0.75).isMet(0.76)).isFalse();
        assertThat(Target.between(0.85, 1.15).isMet(1)).isTrue();
        assertThat(Target.between(0.85, 1.15).isMet(1.2)).isFalse();
        assertThat(Target.between(0.85, 1.15).isMet(0.8)).isFalse();
    }

    @Test
    void isMet_noNumber_isNot() {
        assertThat(Target.atLeast(0).isMet(Double.NaN)).isFalse();
    }

    @Test
    void toString_eachKind_saysWhichSideIsGood() {
        assertThat(Target.atLeast(4)).hasToString(">= 4");
        assertThat(Target.atMost(0.0005)).hasToString("<= 0.0005");
        assertThat(Target.between(0.85, 1.15)).hasToString("0.85-1.15");
        assertThat(Target.atMost(1000)).hasToString("<= 1000");
    }
}
