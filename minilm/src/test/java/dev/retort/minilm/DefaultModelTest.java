package dev.retort.minilm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.weights.bundled.BundledModel;
import dev.retort.weights.sentencetransformers.SentenceCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This module is there for its dependencies: they bring the default model. */
class DefaultModelTest {

    @AfterEach
    void forgetCache() {
        System.clearProperty(BundledModel.CACHE_PROPERTY);
    }

    @Test
    void open_withThisModulesDependencies_findsTheModel(@TempDir Path cache) throws IOException {
        System.setProperty(BundledModel.CACHE_PROPERTY, cache.toString());
        try (SentenceCheckpoint checkpoint = BundledModel.open()) {
            assertThat(checkpoint.pipeline())
                    .isEqualTo(
                            "DistilBERT(6 layers, 384 wide, 12 heads, gelu) -> mean -> Normalize, at most 256 tokens");
            assertThat(checkpoint.config().vocabularySize()).isEqualTo(30522);
        }
    }
}
