package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.retort.inference.SentenceTransformer;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ModelTest {

    @Test
    void defaultModel_isOnTheClassPath_withoutTheEngineThatUsuallyRunsIt() {
        String classPath = System.getProperty("java.class.path");
        assertEquals(
                1,
                Arrays.stream(classPath.split(System.getProperty("path.separator")))
                        .filter(entry -> entry.contains("all-minilm-l6-v2"))
                        .count());
        assertEquals(-1, classPath.indexOf("onnxruntime"));
    }

    @Test
    void loadDefault_inAProjectOfItsOwn_embeds() throws IOException {
        try (SentenceTransformer model = SentenceTransformer.loadDefault()) {
            float[] vector = model.encode("A cat sits on the mat").vector();
            assertEquals(384, vector.length);
            assertEquals(0.12872466, vector[0], 1e-6);
        }
    }
}
