package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetsTest {

    @Test
    void distribution_plainLabels_isOneHotWithZerosWhereIgnored() {
        Targets targets = Targets.of(2, Targets.IGNORED, 0);

        assertThat(targets.distribution(3)).isDeepEqualTo(new double[][] {{0, 0, 1}, {0, 0, 0}, {1, 0, 0}});
        assertThat(targets.totalWeight()).isEqualTo(2);
    }

    @Test
    void distribution_weightsAndSmoothing_weighEachClass() {
        Targets targets = new Targets(new int[] {1}, new double[] {10, 2}, 0.5);

        // w ⊙ ((1 - s) (0, 1) + s/2) = (10 · 0.25, 2 · 0.75)
        assertThat(targets.distribution(2)).isDeepEqualTo(new double[][] {{2.5, 1.5}});
        assertThat(targets.totalWeight()).isEqualTo(2, within(0.0));
    }

    @Test
    void labelsAndWeights_changedByTheCaller_doNotChangeTheTargets() {
        int[] labels = {1};
        double[] weights = {3, 5};
        Targets targets = new Targets(labels, weights, 0);

        labels[0] = 0;
        weights[1] = 7;

        assertThat(targets.totalWeight()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void constructor_smoothingOutsideItsRange_isRejected(double smoothing) {
        assertThatThrownBy(() -> new Targets(new int[] {0}, null, smoothing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labelSmoothing: expected a number in [0, 1), got " + smoothing);
    }

    @Test
    void distribution_wrongClassCount_isRejected() {
        assertThatThrownBy(() -> new Targets(new int[] {0}, new double[] {1, 1}, 0).distribution(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("classWeights: expected 3, one a class, got 2");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3, -101})
    void distribution_labelThatIsNoClass_isRejected(int label) {
        assertThatThrownBy(() -> Targets.of(0, label).distribution(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels: row 1: expected 0..2 or -100, got " + label);
    }
}
