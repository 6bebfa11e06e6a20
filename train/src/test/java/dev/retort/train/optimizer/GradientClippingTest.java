package dev.retort.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientClippingTest {

    @Test
    void factor_normAboveTheLimit_bringsItThere() {
        assertThat(GradientClipping.toNorm(2).factor(5)).isEqualTo(2 / (5 + 1e-6));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 1.999})
    void factor_normBelowTheLimit_leavesGradientsAlone(double norm) {
        assertThat(GradientClipping.toNorm(2).factor(norm)).isEqualTo(1);
    }

    @Test
    void factor_normAtTheLimit_isJustBelowOneAsInPyTorch() {
        assertThat(GradientClipping.toNorm(1).factor(1)).isLessThan(1).isCloseTo(1, within(1e-5));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void factor_normThatIsNotFinite_isAnErrorIfWanted(double norm) {
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> GradientClipping.toNorm(1).factor(norm))
                .withMessage("gradient norm: is not a finite number: " + norm);
    }

    @Test
    void factor_normThatIsNotFinite_goesThroughOtherwise() {
        GradientClipping lenient = new GradientClipping(1, false);
        assertThat(lenient.factor(Double.NaN)).isNaN();
        assertThat(lenient.factor(Double.POSITIVE_INFINITY)).isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN})
    void constructor_limitThatIsNone_isRefused(double maxNorm) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GradientClipping.toNorm(maxNorm))
                .withMessage("maxNorm: expected a positive number, got " + maxNorm);
    }
}
