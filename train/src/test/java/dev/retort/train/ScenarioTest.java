package dev.retort.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.model.Freezing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScenarioTest {

    private static final int LAYERS = 6;

    @ParameterizedTest
    @ValueSource(
            strings = {"heads-only", "frozen-backbone", "frozen-head sentiment", "lower-layers 3", "full", "gradual 2"})
    void parse_whatToStringWrites_isTheSame(String spelled) {
        assertThat(Scenario.parse(spelled)).hasToString(spelled);
        assertThat(Scenario.parse(spelled.replace(' ', ':'))).hasToString(spelled);
        assertThat(Scenario.parse(" " + spelled.replace(" ", " = ") + " ")).hasToString(spelled);
    }

    @Test
    void parse_gradualWithoutANumber_isOneEpochAStage() {
        assertThat(Scenario.parse("gradual")).isEqualTo(Scenario.gradual(1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "everything|expected one of [heads-only, frozen-backbone, frozen-head, lower-layers, full, gradual], got",
                "full 3|takes nothing more, got",
                "frozen-head|expected a task, as in",
                "lower-layers|expected a number, as in \"lower-layers 3\"",
                "lower-layers three|expected a number, as in",
                "lower-layers 0|expected a positive number, got 0",
                "gradual -1|expected a positive number, got -1"
            })
    void parse_somethingElse_saysWhatIsExpected(String spelled, String message) {
        assertThatThrownBy(() -> Scenario.parse(spelled))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scenario: ")
                .hasMessageContaining(message);
    }

    @Test
    void freezing_ofEach_trainsWhatItsNameSays() {
        assertThat(trained(Scenario.headsOnly())).isEqualTo("heads");
        assertThat(trained(Scenario.frozenBackbone())).isEqualTo("heads");
        assertThat(trained(Scenario.frozenHead("topic"))).isEqualTo("embeddings 0 1 2 3 4 5 heads but topic");
        assertThat(trained(Scenario.lowerLayers(4))).isEqualTo("4 5 heads");
        assertThat(trained(Scenario.full())).isEqualTo("embeddings 0 1 2 3 4 5 heads");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, heads",
        "1, 1, 5 heads",
        "1, 6, 0 1 2 3 4 5 heads",
        "1, 7, embeddings 0 1 2 3 4 5 heads",
        "1, 50, embeddings 0 1 2 3 4 5 heads",
        "3, 2, heads",
        "3, 3, 5 heads",
        "3, 8, 4 5 heads"
    })
    void freezing_gradual_freesALayerMoreFromTheTop(int epochsPerStage, int epoch, String expected) {
        assertThat(trained(Scenario.gradual(epochsPerStage).freezing(epoch, LAYERS)))
                .isEqualTo(expected);
    }

    @Test
    void keepsFeatures_headsOnlyAlone_isTrue() {
        assertThat(Scenario.headsOnly().keepsFeatures()).isTrue();
        assertThat(Scenario.frozenBackbone().keepsFeatures()).isFalse();
    }

    private static String trained(Scenario scenario) {
        return trained(scenario.freezing(0, LAYERS));
    }

    private static String trained(Freezing freezing) {
        StringBuilder trained = new StringBuilder();
        if (freezing.trains("encoder.embeddings.wordEmbeddings")) {
            trained.append("embeddings ");
        }
        for (int layer = 0; layer < LAYERS; layer++) {
            if (freezing.trains("encoder.layer." + layer + ".outputNorm.beta")) {
                trained.append(layer).append(' ');
            }
        }
        boolean topic = freezing.trains("heads.topic.output.weight");
        return trained.append(
                        freezing.trains("heads.sentiment.output.weight") ? topic ? "heads" : "heads but topic" : "none")
                .toString();
    }
}
