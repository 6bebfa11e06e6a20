package dev.retort.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FreezingTest {

    private static final List<String> PARAMETERS = List.of(
            "encoder.embeddings.wordEmbeddings",
            "encoder.layer.0.outputNorm.beta",
            "encoder.layer.1.outputNorm.beta",
            "encoder.layer.10.outputNorm.beta",
            "module.2.weight",
            "heads.topic.output.bias",
            "heads.sentiment.output.bias");

    private static Stream<String> trained(Freezing freezing) {
        return PARAMETERS.stream().filter(freezing::trains);
    }

    @Test
    void trains_eachScenario_isWhatItsNameSays() {
        assertThat(trained(Freezing.full())).containsExactlyElementsOf(PARAMETERS);
        assertThat(trained(Freezing.everything())).isEmpty();
        assertThat(trained(Freezing.frozenBackbone()))
                .containsExactly("heads.topic.output.bias", "heads.sentiment.output.bias");
        assertThat(Freezing.headsOnly()).isEqualTo(Freezing.frozenBackbone());
        assertThat(trained(Freezing.frozenHead("topic")))
                .containsExactlyElementsOf(PARAMETERS.stream()
                        .filter(name -> !name.contains("topic"))
                        .toList());
        assertThat(trained(Freezing.lowerLayers(0))).containsExactlyElementsOf(PARAMETERS.subList(1, 7));
        assertThat(trained(Freezing.lowerLayers(2))).containsExactlyElementsOf(PARAMETERS.subList(3, 7));
        assertThat(trained(Freezing.lowerLayers(11).withFrozenHead("topic")))
                .containsExactly("module.2.weight", "heads.sentiment.output.bias");
    }

    @Test
    void gradualUnfreezing_stages_goFromTheHeadsDown() {
        assertThat(Freezing.gradualUnfreezing(2))
                .containsExactly(
                        Freezing.frozenBackbone(), Freezing.lowerLayers(1), Freezing.lowerLayers(0), Freezing.full());
    }

    @Test
    void toString_saysWhatIsFrozen() {
        assertThat(Freezing.full()).hasToString("nothing");
        assertThat(Freezing.lowerLayers(3).withFrozenHead("topic"))
                .hasToString("embeddings and lowest 3 layers, head topic");
    }

    @Test
    void requireFits_whatTheModelLacks_isRefusedWithWhatItHas() {
        List<String> tasks = List.of("topic", "sentiment");

        assertThat(Freezing.lowerLayers(6).requireFits(6, tasks)).isEqualTo(Freezing.lowerLayers(6));
        assertThatThrownBy(() -> Freezing.lowerLayers(7).requireFits(6, tasks))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lowerLayers: the encoder has 6 layers, asked to freeze 7");
        assertThatThrownBy(() -> Freezing.frozenHead("mood").requireFits(6, tasks))
                .hasMessage("frozen head: the model has no task mood, its tasks are [topic, sentiment]");
        assertThatThrownBy(() -> Freezing.frozenBackbone()
                        .withFrozenHead("topic")
                        .withFrozenHead("sentiment")
                        .requireFits(6, tasks))
                .hasMessage("freezing: nothing is left to train: backbone, head sentiment, head topic");
        assertThatThrownBy(() -> Freezing.lowerLayers(-1)).hasMessage("lowerLayers: expected 0 or more, got -1");
    }
}
