package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {

    @Test
    void of_textThatFits_isKept() {
        assertThat(OneLine.of("abc", 3)).isEqualTo("abc");
        assertThat(OneLine.of("", 3)).isEmpty();
    }

    @Test
    void of_textThatDoesNotFit_endsInAnEllipsis() {
        assertThat(OneLine.of("abcd", 3)).isEqualTo("ab…");
        assertThat(OneLine.of("abcd", 1)).isEqualTo("…");
        assertThat(OneLine.of("abcd", 0)).isEmpty();
        assertThat(OneLine.of("abcd", -5)).isEmpty();
    }

    @Test
    void of_wideCharacters_takeTwoColumns() {
        assertThat(OneLine.of("東京都", 6)).isEqualTo("東京都");
        assertThat(OneLine.of("東京都", 5)).isEqualTo("東京…");
        assertThat(OneLine.of("🇫🇷", 2)).isEqualTo("…");
    }

    @Test
    void of_controlCharacters_areSpaces() {
        assertThat(OneLine.of("a\nb\tc\u001b[31m", 20)).isEqualTo("a b c [31m");
    }

    @Test
    void escaped_linesAreJoined_whatCommandsATerminalIsSpelledOut() {
        assertThat(OneLine.escaped(" a\r\n  b\tc\u001b[31m\0 é東 ")).isEqualTo("a b\\tc\\u001b[31m\\u0000 é東");
    }
}
