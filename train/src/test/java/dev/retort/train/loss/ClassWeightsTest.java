package dev.retort.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClassWeightsTest {

    @Test
    void balanced_unequalCounts_areThoseOfScikitLearn() {
        // compute_class_weight("balanced", classes=[0, 1, 2], y=[0] * 6 + [1] * 3 + [2])
        assertThat(ClassWeights.balanced(List.of(6, 3, 1))).containsExactly(10 / 18.0, 10 / 9.0, 10 / 3.0);
    }

    @Test
    void balanced_equalCounts_areOnes() {
        assertThat(ClassWeights.balanced(List.of(7, 7, 7))).containsOnly(1.0);
    }

    @Test
    void balanced_classWithoutRows_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClassWeights.balanced(List.of(6, 0)))
                .withMessage("class weights: balanced ones need a row of each class at least, got counts [6, 0]");
    }
}
