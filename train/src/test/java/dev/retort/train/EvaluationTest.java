package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.train.dataset.Example;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {

    private static final int NONE = Example.MISSING;

    private static Evaluation twoTasks(int[][] truth, int[][] predicted) {
        return Evaluation.of(
                List.of("topic", "mood"),
                List.of(List.of("a", "b", "c"), List.of("bad", "good")),
                truth,
                predicted,
                new double[] {0.5, 0.25});
    }

    /** F1 = 2 TP / (2 TP + FP + FN): a has 3 rows, 2 of them found by 2 answers, 4/5; b 2 found by 3, 4/5; c 1 by 1, 2/2. */
    @Test
    void of_threeClasses_accuracyAndMacroF1AreThoseWorkedOutByHand() {
        Evaluation evaluation = twoTasks(
                new int[][] {{0, 0, 0, 1, 1, 2, NONE}, {1, 1, 1, 1, 1, 1, 1}},
                new int[][] {{0, 0, 1, 1, 1, 2, 2}, {1, 1, 1, 1, 1, 1, 1}});
        Evaluation.TaskEvaluation topic = evaluation.tasks().get(0);

        assertThat(topic.confusion()).containsExactly(List.of(2, 1, 0), List.of(0, 2, 0), List.of(0, 0, 1));
        assertThat(topic.rows()).isEqualTo(6);
        assertThat(topic.accuracy()).isCloseTo(5.0 / 6, within(1e-12));
        assertThat(topic.macroF1()).isCloseTo((4.0 / 5 + 4.0 / 5 + 1) / 3, within(1e-12));
        assertThat(topic.loss()).isEqualTo(0.5);
    }

    @Test
    void of_classThatNeverOccurs_countsInMacroF1WithZero() {
        Evaluation.TaskEvaluation mood = twoTasks(new int[][] {{0, 0}, {1, 1}}, new int[][] {{0, 0}, {1, 1}})
                .tasks()
                .get(1);

        assertThat(mood.accuracy()).isEqualTo(1);
        assertThat(mood.macroF1()).isEqualTo(0.5);
    }

    @Test
    void of_missingLabels_areInNoFigure() {
        Evaluation evaluation = twoTasks(
                new int[][] {{0, NONE, 2, 1, NONE}, {1, 1, NONE, 0, NONE}},
                new int[][] {{0, 0, 2, 2, 1}, {1, 0, 1, 0, 1}});

        assertThat(evaluation.rows()).isEqualTo(5);
        assertThat(evaluation.tasks().get(0).accuracy()).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(evaluation.tasks().get(1).accuracy()).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(evaluation.jointRows()).isEqualTo(2); // the first and the fourth
        assertThat(evaluation.jointAccuracy()).isEqualTo(0.5);
        assertThat(evaluation.score()).isCloseTo(2.0 / 3, within(1e-12));
        assertThat(evaluation.meanLoss()).isEqualTo(0.375);
    }

    @Test
    void of_taskWithoutLabels_hasNoFiguresAndIsLeftOutOfTheScore() {
        Evaluation evaluation = twoTasks(new int[][] {{0, 1}, {NONE, NONE}}, new int[][] {{0, 0}, {1, 1}});
        Evaluation.TaskEvaluation mood = evaluation.tasks().get(1);

        assertThat(mood.rows()).isZero();
        assertThat(mood.accuracy()).isNaN();
        assertThat(mood.macroF1()).isNaN();
        assertThat(evaluation.jointAccuracy()).isNaN();
        assertThat(evaluation.jointRows()).isZero();
        assertThat(evaluation.score()).isEqualTo(0.5);
        assertThat(evaluation.meanLoss()).isEqualTo(0.5);
    }

    @Test
    void none_ofNoRows_hasNoScore() {
        assertThat(Evaluation.none().score()).isNaN();
        assertThat(Evaluation.none().jointAccuracy()).isNaN();
    }
}
