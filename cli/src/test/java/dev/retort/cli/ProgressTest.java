package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "999, 999",
        "1000, 1.0k",
        "9949, 9.9k",
        "9950, 10k",
        "230682, 231k",
        "999499, 999k",
        "999500, 1.0M",
        "9949999, 9.9M",
        "9950000, 10M",
        "999000000, 999M"
    })
    void rounded_anyCount_takesFourCharacters(long count, String expected) {
        assertThat(Progress.rounded(count)).isEqualTo(expected).hasSizeLessThanOrEqualTo(4);
    }
}
