package dev.retort.train.report;

import static dev.retort.train.report.SmallRecord.MOOD;
import static dev.retort.train.report.SmallRecord.TOPIC;
import static dev.retort.train.report.SmallRecord.dataset;
import static dev.retort.train.report.SmallRecord.example;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.retort.train.dataset.Dataset;
import dev.retort.train.dataset.Example;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorstRowsTest {

    @Test
    void of_rowsOfTheSecondTask_areSortedByLossAndSkipThoseWithoutLabel() {
        Dataset rows = dataset(
                List.of(MOOD, TOPIC),
                example("sure", 0, 0),
                example("unlabelled", 0, Example.MISSING),
                example("wrong", 1, 1),
                example("close", 2, 0));
        WorstRows worst = WorstRows.of(rows, 1, List.of(science(0.9), science(0.5), science(0.8), science(0.6)));

        assertThat(worst.task()).isEqualTo("topic");
        assertThat(worst.rows()).extracting(WorstRows.Row::text).containsExactly("wrong", "close", "sure");
        WorstRows.Row first = worst.rows().get(0);
        assertThat(first.label()).isEqualTo("Other");
        assertThat(first.predicted()).isEqualTo("Science");
        assertThat(first.probability()).isEqualTo(0.8);
        assertThat(first.loss()).isCloseTo(-Math.log(0.2), within(1e-12));
        assertThat(worst.rows()).extracting(WorstRows.Row::isRight).containsExactly(false, true, true);
    }

    @Test
    void of_manyRows_keepsTwentyAndTheFirstOfEqualLosses() {
        Example[] examples = new Example[50];
        List<Map<String, Double>> probabilities = new ArrayList<>();
        for (int i = 0; i < examples.length; i++) {
            examples[i] = example("row " + i, 0);
            probabilities.add(science(i < 10 ? 0.9 : 0.3));
        }
        WorstRows worst = WorstRows.of(dataset(List.of(TOPIC), examples), 0, probabilities);

        assertThat(worst.rows()).hasSize(20);
        assertThat(worst.rows().get(0).text()).isEqualTo("row 10");
        assertThat(worst.rows().get(19).text()).isEqualTo("row 29");
    }

    @Test
    void of_impossibleLabel_hasInfiniteLossAndComesFirst() {
        Dataset rows = dataset(List.of(TOPIC), example("likely", 0), example("impossible", 1));
        WorstRows worst = WorstRows.of(rows, 0, Collections.nCopies(2, science(1)));

        assertThat(worst.rows()).extracting(WorstRows.Row::loss).containsExactly(Double.POSITIVE_INFINITY, 0.0);
    }

    @Test
    void of_predictionsOfOtherRowsOrLabels_areRefused() {
        Dataset rows = dataset(List.of(TOPIC), example("one", 0), example("two", 1));

        assertThatThrownBy(() -> WorstRows.of(rows, 0, List.of(science(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probabilities of topic: expected one entry a row, 2, got 1");
        assertThatThrownBy(() -> WorstRows.of(rows, 0, List.of(science(1), Map.of("Science", 1.0))))
                .hasMessage("probabilities of topic, row 1: none of its label Other: got those of [Science]");
    }

    private static Map<String, Double> science(double probability) {
        return Map.of("Science", probability, "Other", 1 - probability);
    }
}
