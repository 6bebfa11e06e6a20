package dev.retort.train.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskColumnTest {

    @Test
    void parse_nameOrNameAndColumn_isRead() {
        assertThat(TaskColumn.parse("topic")).isEqualTo(new TaskColumn("topic", "topic", List.of()));
        assertThat(TaskColumn.parse(" topic = label ")).isEqualTo(new TaskColumn("topic", "label", List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "=label", "topic="})
    void parse_halfOfIt_isRefused(String spelled) {
        assertThatThrownBy(() -> TaskColumn.parse(spelled))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("task: expected NAME or NAME=COLUMN, got ");
    }

    @Test
    void rejects_labelsTwiceOrBlank() {
        assertThatThrownBy(() -> TaskColumn.of("a").withLabels(List.of("x", "y", "x")))
                .hasMessage("task a: a label occurs twice: x, y, x");
        assertThatThrownBy(() -> TaskColumn.of("a").withLabels(List.of("x", " ")))
                .hasMessageStartingWith("task a: a label is blank");
        assertThatThrownBy(() -> new TaskLabels("a", List.of())).hasMessage("task a: no labels");
    }

    @Test
    void withTasks_columnTwiceOrTheTexts_isRefused() {
        ReadOptions options = ReadOptions.defaults();

        assertThatThrownBy(() -> options.withTasks(List.of(TaskColumn.parse("a=c"), TaskColumn.parse("b=c"))))
                .hasMessage("tasks: b or its column c is named twice");
        assertThatThrownBy(() -> options.withTextColumn("c").withTasks(List.of(TaskColumn.of("c"))))
                .hasMessage("tasks: column c holds the texts");
    }

    @Test
    void withTasks_notAmongTheKnown_isRefused() {
        ReadOptions options = ReadOptions.defaults().withKnown(List.of(BundledDataset.TOPIC, BundledDataset.SENTIMENT));

        assertThatThrownBy(() -> options.withTasks(List.of(TaskColumn.parse("mood=label"))))
                .hasMessage("tasks: unknown task mood: expected topic, sentiment");
    }
}
