package dev.retort.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.Variable;
import dev.retort.train.schedule.Schedule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ParameterGroupTest {

    private static final Variable WORDS = matrix("encoder.embeddings.wordEmbeddings");
    private static final Variable POSITIONS = matrix("encoder.embeddings.positionEmbeddings");
    private static final Variable GAMMA = vector("encoder.embeddings.norm.gamma");
    private static final Variable LOWER = matrix("encoder.layer.0.feedForward.inner.weight");
    private static final Variable UPPER = matrix("encoder.layer.11.feedForward.inner.weight");
    private static final Variable UPPER_BIAS = vector("encoder.layer.11.feedForward.inner.bias");
    private static final Variable HEAD = matrix("heads.topic.output.weight");

    private final ParameterGroup all = ParameterGroup.of(
                    "all", List.of(WORDS, POSITIONS, GAMMA, LOWER, UPPER, UPPER_BIAS, HEAD), 0.1)
            .withSchedule(Schedule.linear(0, 10));

    @Test
    void learningRateAt_step_followsTheSchedule() {
        assertThat(all.learningRateAt(5)).isCloseTo(0.05, within(1e-15));
    }

    @Test
    void withWeightDecay_default_sparesVectorsAndTables() {
        List<ParameterGroup> groups = all.withWeightDecay(0.01, ParameterGroup::decays);
        assertThat(groups).extracting(ParameterGroup::name).containsExactly("all", "all without decay");
        assertThat(groups).extracting(ParameterGroup::weightDecay).containsExactly(0.01, 0.0);
        assertThat(groups.get(0).parameters()).containsExactly(LOWER, UPPER, HEAD);
        assertThat(groups.get(1).parameters()).containsExactly(WORDS, POSITIONS, GAMMA, UPPER_BIAS);
        assertThat(groups).allSatisfy(group -> {
            assertThat(group.learningRate()).isEqualTo(0.1);
            assertThat(group.schedule()).isEqualTo(all.schedule());
        });
    }

    @Test
    void withWeightDecay_tablesToo_sparesVectorsOnly() {
        List<ParameterGroup> groups = all.withWeightDecay(0.01, ParameterGroup::decaysWithTables);
        assertThat(groups.get(1).parameters()).containsExactly(GAMMA, UPPER_BIAS);
    }

    @Test
    void withWeightDecay_nothingOfAKind_leavesThatGroupOut() {
        ParameterGroup vectors = ParameterGroup.of("vectors", List.of(GAMMA), 0.1);
        assertThat(vectors.withWeightDecay(0.01, ParameterGroup::decays))
                .extracting(ParameterGroup::name)
                .containsExactly("vectors without decay");
    }

    @Test
    void layerwise_ratesFallFromTheTopLayerDown() {
        List<ParameterGroup> groups = all.layerwise(12, 0.5);
        assertThat(groups)
                .extracting(ParameterGroup::name)
                .containsExactly("all embeddings", "all layer 0", "all layer 11", "all");
        assertThat(groups).extracting(ParameterGroup::learningRate).containsExactly(0.1 / 4096, 0.1 / 2048, 0.1, 0.1);
        assertThat(groups.stream().flatMap(group -> group.parameters().stream()))
                .containsExactly(WORDS, POSITIONS, GAMMA, LOWER, UPPER, UPPER_BIAS, HEAD);
    }

    @Test
    void layerwise_thenDecay_keepsRates() {
        List<ParameterGroup> groups = all.layerwise(12, 0.5).stream()
                .flatMap(group -> group.withWeightDecay(0.01, ParameterGroup::decays).stream())
                .toList();
        assertThat(groups)
                .filteredOn(group -> group.name().startsWith("all layer 11"))
                .extracting(ParameterGroup::learningRate)
                .containsExactly(0.1, 0.1);
    }

    @Test
    void layerwise_fewerLayersThanThere_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.layerwise(6, 0.5))
                .withMessage("parameter group all: layerCount: expected more than 11 for"
                        + " encoder.layer.11.feedForward.inner.weight (2, 3), got 6");
    }

    @Test
    void layerwise_factorOutOfRange_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.layerwise(12, 1.5))
                .withMessage("parameter group all: factor: expected a number in (0, 1], got 1.5");
    }

    @Test
    void constructor_ratesOutOfRange_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterGroup.of("heads", List.of(), Double.NaN))
                .withMessage("parameter group heads: learningRate: expected a number of 0 or more, got NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.withWeightDecay(-1, ParameterGroup::decays))
                .withMessage("parameter group all: weightDecay: expected a number of 0 or more, got -1.0");
    }

    private static Variable matrix(String name) {
        return Variable.parameter(name, Nd4j.zeros(DataType.FLOAT, 2, 3));
    }

    private static Variable vector(String name) {
        return Variable.parameter(name, Nd4j.zeros(DataType.FLOAT, 3));
    }
}
