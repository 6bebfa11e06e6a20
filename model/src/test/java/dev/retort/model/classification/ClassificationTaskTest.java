package dev.retort.model.classification;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTaskTest {

    private static final HeadShape HEAD = new HeadShape.Linear(0.1);

    @Test
    void rejects_namesAndLabelsThatCannotBe() {
        assertThatThrownBy(() -> new ClassificationTask("a.b", List.of("x", "y"), HEAD))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task: expected a name of letters, digits, _ and -, got \"a.b\"");
        assertThatThrownBy(() -> new ClassificationTask("topic", List.of("x"), HEAD))
                .hasMessage("task topic: expected two labels at least, got [x]");
        assertThatThrownBy(() -> new ClassificationTask("topic", List.of("x", "y", "x"), HEAD))
                .hasMessage("task topic: expected different labels, got [x, y, x]");
    }
}
