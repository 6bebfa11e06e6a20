package dev.retort.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnpairedSurrogatesTest {

    @Test
    void replace_halves_becomeTheReplacementCharacter() {
        assertThat(UnpairedSurrogates.replace("a\ud83db\ude00\ud83d")).isEqualTo("a\ufffdb\ufffd\ufffd");
        assertThat(UnpairedSurrogates.replace("\ude00\ud83d")).isEqualTo("\ufffd\ufffd"); // the wrong way round
    }

    @Test
    void replace_pairs_stay() {
        assertThat(UnpairedSurrogates.replace("\ud83d\ude00\ud83d")).isEqualTo("\ud83d\ude00\ufffd");
    }

    @Test
    void replace_textWithoutSurrogates_isReturnedItself() {
        String text = "na\u00efve \u6771\u4eac";

        assertThat(UnpairedSurrogates.replace(text)).isSameAs(text);
    }
}
