package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    void corpus_missing_isAFailure(@TempDir Path folder) {
        Path corpus = folder.resolve("none.tsv");
        Run run = Run.of("bench", "--quick", "--corpus", corpus.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("retort: " + corpus + ": no such file\n");
        assertThat(Files.exists(corpus)).isFalse();
    }
}
