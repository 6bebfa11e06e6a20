package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClassificationTest {

    private final Map<String, Prediction> predictions = new LinkedHashMap<>();

    ClassificationTest() {
        predictions.put("topic", new Prediction("Other", ordered("Science", 0.25, "Other", 0.75)));
        predictions.put("mood", new Prediction("good", ordered("good", 0.6, "bad", 0.4)));
    }

    private static Map<String, Double> ordered(String first, double one, String second, double other) {
        Map<String, Double> map = new LinkedHashMap<>();
        map.put(first, one);
        map.put(second, other);
        return map;
    }

    @Test
    void jointAnswer_isEachTasksLabelAndTheProduct() {
        Classification classification = new Classification(predictions, false);

        assertThat(classification.labels()).containsExactly(Map.entry("topic", "Other"), Map.entry("mood", "good"));
        assertThat(classification.jointProbability()).isCloseTo(0.45, within(1e-15));
        assertThat(classification.of("topic").probabilities()).containsOnlyKeys("Science", "Other");
        assertThat(classification.of("mood").probability()).isEqualTo(0.6);
    }

    @Test
    void of_taskThatIsNotThere_namesThoseThatAre() {
        assertThatThrownBy(() -> new Classification(predictions, false).of("tone"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("task: there is none named tone, the model has [topic, mood]");
    }
}
