package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.retort.autograd.fusion.Backend;
import dev.retort.weights.heads.SavedHeads;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedHeadsTest {

    @TempDir
    private Path folder;

    /** softmax(0, 2, 1) = (1, e², e) / (1 + e² + e); the largest logits are too large for exp alone. */
    @Test
    void classification_logits_givesTheMostProbableLabelsAndTheirSoftmax() throws IOException {
        SmallHeads.writeHeads(folder, SmallHeads.TASKS, 24);
        try (SavedHeads saved = SavedHeads.open(folder);
                LoadedHeads heads = new LoadedHeads(saved, Backend.definitions())) {
            Classification result = heads.classification(new float[][] {{0, 2, 1}, {1000, 1000}}, true);

            assertThat(result.truncated()).isTrue();
            assertThat(result.of("topic").label()).isEqualTo("weather");
            double sum = 1 + Math.exp(2) + Math.E;
            assertThat(result.of("topic").probabilities().get("animals")).isCloseTo(1 / sum, within(1e-15));
            assertThat(result.of("topic").probability()).isCloseTo(Math.exp(2) / sum, within(1e-15));
            assertThat(result.of("mood").label()).isEqualTo("good");
            assertThat(result.of("mood").probability()).isEqualTo(0.5);
        }
    }
}
