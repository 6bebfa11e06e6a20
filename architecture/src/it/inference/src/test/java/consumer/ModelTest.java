package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ModelTest {

    @Test
    void defaultModel_isNotCarriedByThoseWhoBringTheirOwn() {
        assertEquals(-1, System.getProperty("java.class.path").indexOf("minilm"));
    }
}
