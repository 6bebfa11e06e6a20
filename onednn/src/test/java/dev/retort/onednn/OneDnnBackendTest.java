package dev.retort.onednn;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Backend;
import dev.retort.autograd.fusion.Kernel;
import dev.retort.autograd.fusion.Weight;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class OneDnnBackendTest {

    private final OneDnnBackend backend = new OneDnnBackend();

    @BeforeEach
    void requireProcessor() {
        Assumptions.assumeTrue(backend.unsupportedReason() == null, backend.unsupportedReason());
    }

    private static INDArray random(int seed, long... shape) {
        return RandomTensors.normal(DataType.FLOAT, seed, shape);
    }

    private static Weight.Plain plain(int seed, long out, long in) {
        return new Weight.Plain(Variable.constant(random(seed, out, in)), Variable.constant(random(seed + 50, out)));
    }

    @Test
    void find_moduleOnTheClassPath_isThisOne() {
        assertThat(Backend.find()).isInstanceOf(OneDnnBackend.class);
    }

    @Test
    void name_saysVersionAndInstructions() {
        assertThat(backend.name()).matches("oneDNN \\d+\\.\\d+\\.\\d+ \\(AVX.*\\)");
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void kernels_ofAModel_areFastOnes(Precision precision) {
        Assumptions.assumeTrue(
                backend.unsupportedReason(precision) == null, () -> backend.unsupportedReason(precision));
        List<Kernel> kernels = backend.kernels(precision);

        assertThat(kernels)
                .doesNotHaveDuplicates()
                .allSatisfy(kernel -> assertThat(kernel.implementation()).matches("(brg_matmul|jit).*"));
        assertThat(kernels)
                .extracting(kernel -> kernel.function() + ": " + kernel.step())
                .contains(
                        "embeddings: layer_normalization",
                        "attention: matmul",
                        "attention: softmax",
                        "linear + residual + norm: matmul",
                        "linear + residual + norm: layer_normalization",
                        "linear + GELU: matmul");
    }

    @Test
    void kernels_interrupted_isCancelledAndKeepsTheFlag() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> backend.kernels(Precision.F32)).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void instructionSet_isPartOfTheName() {
        assertThat(backend.instructionSet()).startsWith("AVX");
        assertThat(backend.name()).endsWith(" (" + backend.instructionSet() + ")");
    }

    @Test
    void prepare_fixedWeight_isACopyThatCanBeRestored() {
        for (long[] shape : new long[][] {{1, 1}, {7, 5}, {36, 60}, {384, 1536}}) {
            INDArray matrix = random(1, shape);
            INDArray expected = matrix.dup();
            Weight weight = backend.prepare(Variable.constant(matrix), null, Precision.F32);
            matrix.close();

            assertThat(weight.outputSize()).isEqualTo(shape[0]);
            assertThat(weight.matrix().value()).isIdenticalTo(expected);
            assertThat(weight.bias()).isNull();
        }
    }

    @Test
    void close_preparedWeights_areFreedOnceAndReadNoMore() {
        Weight single = backend.prepare(Variable.constant(random(1, 7, 5)), null, Precision.F32);
        List<Weight> joint = backend.prepareJointly(List.of(plain(1, 36, 60), plain(2, 36, 60)), Precision.F32);

        single.close();
        single.close();
        joint.forEach(Weight::close); // all of them are one

        assertThatThrownBy(single::matrix)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("weight: already closed");
        assertThatThrownBy(joint.get(1)::matrix).hasMessage("weight: already closed");
    }

    @Test
    void prepare_trainableWeight_staysAsItIs() {
        Variable matrix = Variable.parameter("w", random(1, 7, 5));

        assertThat(backend.prepare(matrix, null, Precision.F32)).isEqualTo(new Weight.Plain(matrix, null));
    }

    @Test
    void prepare_float64Weight_staysAsItIs() {
        Variable matrix = Variable.constant(RandomTensors.normal(1, 7, 5));

        assertThat(backend.prepare(matrix, null, Precision.F32)).isEqualTo(new Weight.Plain(matrix, null));
    }

    @Test
    void prepareJointly_fixedWeights_areEachRestored() {
        List<Weight.Plain> plain =
                IntStream.range(0, 3).mapToObj(i -> plain(i, 36, 60)).toList();
        List<Weight> joint = backend.prepareJointly(plain, Precision.F32);

        assertThat(JoinedWeight.whole(joint)).isNotNull();
        for (int i = 0; i < 3; i++) {
            assertThat(joint.get(i).outputSize()).isEqualTo(36);
            assertThat(joint.get(i).matrix().value())
                    .isIdenticalTo(plain.get(i).matrix().value());
            assertThat(joint.get(i).bias()).isSameAs(plain.get(i).bias());
        }
    }

    @Test
    void prepareJointly_inAnotherOrder_isNoWhole() {
        List<Weight> joint = backend.prepareJointly(List.of(plain(0, 6, 6), plain(1, 6, 6)), Precision.F32);

        assertThat(JoinedWeight.whole(List.of(joint.get(1), joint.get(0)))).isNull();
        assertThat(JoinedWeight.whole(List.of(joint.get(0)))).isNull();
    }

    @Test
    void prepareJointly_trainableBias_isNotCopied() {
        Variable bias = Variable.parameter("b", random(1, 6));
        Weight.Plain trainable = new Weight.Plain(plain(0, 6, 6).matrix(), bias);
        List<Weight> joint = backend.prepareJointly(List.of(trainable, plain(1, 6, 6)), Precision.F32);

        assertThat(JoinedWeight.whole(joint)).isNull();
        assertThat(joint.get(0).bias()).isSameAs(bias);
    }

    /** Environment variable DNNL_MAX_CPU_ISA makes the library believe in a lesser processor. */
    @ParameterizedTest
    @CsvSource({
        "AVX2, the processor has no bfloat16 instructions (avx512_bf16): it has AVX2,"
                + " the processor has no int8 instructions (avx512_vnni or avx_vnni): it has AVX2",
        "AVX512_CORE_VNNI, the processor has no bfloat16 instructions (avx512_bf16): it has AVX-512 with VNNI, null"
    })
    void unsupportedReason_ofALesserProcessor_namesWhatItLacks(String instructions, String bf16, String int8)
            throws Exception {
        Assumptions.assumeTrue(backend.unsupportedReason(Precision.BF16) == null, "skipped: no such processor");
        ProcessBuilder process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PrecisionSupport.class.getName());
        process.environment().put("DNNL_MAX_CPU_ISA", instructions);
        process.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process running = process.start();
        String printed = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(running.waitFor()).isZero();
        assertThat(printed.lines()).contains("F32: null", "BF16: " + bf16, "INT8: " + int8);
    }
}
