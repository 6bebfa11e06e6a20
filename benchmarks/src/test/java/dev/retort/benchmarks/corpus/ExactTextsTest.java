package dev.retort.benchmarks.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExactTextsTest {

    /** A token for each started three letters of a word, and two marks. */
    private static int tokens(String text) {
        int tokens = 2;
        for (String word : text.split(" ")) {
            tokens += (word.length() + 2) / 3;
        }
        return tokens;
    }

    private final ExactTexts texts =
            new ExactTexts(new Corpus("words", List.of("considerable words", "of any length")), ExactTextsTest::tokens);

    @Test
    void ofTokens_anyNumber_hitsIt() {
        for (int tokens = 3; tokens < 40; tokens++) {
            assertThat(tokens(texts.ofTokens(tokens))).isEqualTo(tokens);
        }
    }

    @Test
    void ofTokens_severalTexts_differ() {
        assertThat(texts.ofTokens(9, 3)).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void ofTokens_noRoomForAWord_isRefused() {
        assertThatThrownBy(() -> texts.ofTokens(2)).hasMessageContaining("at least 3");
    }
}
