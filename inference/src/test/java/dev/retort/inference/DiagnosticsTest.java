package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.fusion.Kernel;
import dev.retort.core.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnosticsTest {

    @Test
    void toString_fusedKernels_isATable() {
        Diagnostics diagnostics = new Diagnostics(
                "1.2.3",
                "A VM 17",
                "Linux 6 amd64",
                "Fast 9000",
                "AVX2",
                4,
                3,
                "ND4J 1, CpuBackend, openblas",
                "oneDNN 3",
                null,
                List.of(
                        new Diagnostics.OfPrecision(
                                Precision.F32,
                                null,
                                List.of(
                                        new Kernel("attention", "matmul", "fast"),
                                        new Kernel("attention", "softmax", "faster"),
                                        new Kernel("pooling", "sum", "fastest"))),
                        new Diagnostics.OfPrecision(Precision.BF16, "no such instructions", List.of())));

        assertThat(diagnostics).hasToString("""
                retort        1.2.3
                java          A VM 17
                system        Linux 6 amd64
                processor     Fast 9000
                instructions  AVX2
                processors    4 granted to this process
                threads       3 compute unless told otherwise
                tensors       ND4J 1, CpuBackend, openblas
                kernels       oneDNN 3
                f32           is computed with
                  attention  matmul   fast
                             softmax  faster
                  pooling    sum      fastest
                bf16          cannot be computed: no such instructions""".replace("\n", System.lineSeparator()));
    }

    @Test
    void toString_definitions_saysWhyTheyCompute() {
        Diagnostics diagnostics = new Diagnostics(
                "1.2.3",
                "A VM 17",
                "Linux 6 riscv64",
                "Slow 90",
                null,
                1,
                1,
                "ND4J 1, CpuBackend, openblas",
                "definitions",
                "oneDNN: the processor has no AVX2",
                List.of(new Diagnostics.OfPrecision(Precision.F32, null, List.of())));

        assertThat(diagnostics.toString().lines())
                .contains(
                        "kernels       definitions, which are slow: oneDNN: the processor has no AVX2",
                        "f32           is computed with definitions")
                .noneMatch(line -> line.startsWith("instructions"));
        assertThat(diagnostics.isFused()).isFalse();
    }
}
