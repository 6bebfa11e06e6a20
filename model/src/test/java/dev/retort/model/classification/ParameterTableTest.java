package dev.retort.model.classification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterTableTest {

    private final ParameterTable table = new ParameterTable(
            List.of(
                    new ParameterTable.Row("encoder.embeddings.wordEmbeddings", List.of(13L, 5L), false),
                    new ParameterTable.Row("encoder.embeddings.norm.gamma", List.of(5L), false),
                    new ParameterTable.Row("encoder.layer.0.inner.weight", List.of(7L, 5L), false),
                    new ParameterTable.Row("encoder.layer.0.inner.bias", List.of(7L), true),
                    new ParameterTable.Row("heads.topic.output.weight", List.of(3L, 5L), true)),
            8);

    @Test
    void counts_areSumsOverTheRows() {
        assertThat(table.elementCount()).isEqualTo(65 + 5 + 35 + 7 + 15);
        assertThat(table.trainedCount()).isEqualTo(22);
        assertThat(table.trainedPercent()).isCloseTo(100 * 22 / 127.0, within(1e-12));
        assertThat(table.stateBytes()).isEqualTo(176);
    }

    @Test
    void parts_areEmbeddingsLayersAndHeads() {
        assertThat(table.parts())
                .containsExactly(
                        new ParameterTable.Part("encoder.embeddings", 70, 0),
                        new ParameterTable.Part("encoder.layer.0", 42, 7),
                        new ParameterTable.Part("heads.topic", 15, 15));
    }

    @Test
    void toString_hasALineAPartAndOneForAll() {
        assertThat(table.toString().lines())
                .containsExactly(
                        "part                   parameters        trained       %  optimiser bytes",
                        "encoder.embeddings             70              0    0.00                0",
                        "encoder.layer.0                42              7   16.67               56",
                        "heads.topic                    15             15  100.00              120",
                        "all                           127             22   17.32              176");
    }
}
