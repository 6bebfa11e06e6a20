package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BenchCommandTest {

    @Test
    void version_isTheCommandLines() {
        assertThat(Run.of("bench", "--version").out())
                .isEqualTo(Run.of("--version").out());
    }

    @Test
    void unknownOption_isAUsageError() {
        Run run = Run.of("bench", "--quik");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith("retort: unknown option: --quik").hasLineCount(1);
    }

    @Test
    void list_namesTheRows_whichOnlyTakes() {
        Run run = Run.of("bench", "--list");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSizeGreaterThan(5);
        Run unknown = Run.of("bench", "--only", "no-such-row");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err())
                .startsWith("retort: --only: ")
                .contains("no-such-row")
                .hasLineCount(1);
    }
}
