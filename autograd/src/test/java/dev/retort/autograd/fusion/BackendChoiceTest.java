package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.Variable;
import dev.retort.core.Precision;
import dev.retort.core.Workspace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackendChoiceTest {

    private record Candidate(String name, @Nullable String unsupportedReason) implements Backend {

        @Override
        public Weight prepare(Variable matrix, @Nullable Variable bias, Precision precision) {
            return new Weight.Plain(matrix, bias);
        }

        @Override
        public Fusions open(Workspace workspace) {
            return Fusions.definitions();
        }
    }

    @Test
    void among_severalThatWork_isTheFirst() {
        Backend broken = new Candidate("a", "the processor has no AVX2");
        Backend first = new Candidate("b", null);
        BackendChoice choice = BackendChoice.among(List.of(broken, first, new Candidate("c", null)));

        assertThat(choice.backend()).isSameAs(first);
        assertThat(choice.definitionsReason()).isNull();
        assertThat(choice).hasToString("kernels: fused: b");
    }

    @Test
    void among_noneThatWorks_isTheDefinitionsWithEachReason() {
        BackendChoice choice =
                BackendChoice.among(List.of(new Candidate("a", "no AVX2"), new Candidate("b", "no library")));

        assertThat(choice.backend()).isSameAs(Backend.definitions());
        assertThat(choice).hasToString("kernels: definitions, which are slow: a: no AVX2; b: no library");
    }

    @Test
    void among_none_saysWhatToAdd() {
        assertThat(BackendChoice.among(List.of()).definitionsReason())
                .isEqualTo("no fused kernels are on the class path: add dev.retort:retort-onednn");
    }

    /** In a process of its own: the first choice of this one has been told long ago. */
    @Test
    void find_severalTimes_logsOneLine() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FindTwice.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(printed.lines())
                .singleElement()
                .asString()
                .contains("INFO", "kernels: definitions, which are slow: no fused kernels are on the class path");
    }
}
