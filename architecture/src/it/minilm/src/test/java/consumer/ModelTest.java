package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
