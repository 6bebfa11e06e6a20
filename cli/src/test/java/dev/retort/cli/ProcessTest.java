package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.retort.core.Precision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: silence of the libraries, pipes, signals, what is loaded. */
class ProcessTest {

    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    private static Path shared;

    private static String model = "";

    @TempDir
    private Path folder;

    @BeforeAll
    static void writeModel() throws IOException {
        model = TinyModel.write(shared.resolve("tiny")).toString();
    }

    private static ProcessBuilder retort(List<String> options, String... arguments) {
        return RetortProcess.of(options, arguments);
    }

    private Run run(ProcessBuilder command) throws IOException, InterruptedException {
        Path err = folder.resolve("stderr");
        Process process = command.redirectError(err.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), out, Files.readString(err));
    }

    private static void assumePosix() {
        assumeTrue(Files.exists(Path.of("/bin/sh")), "skipped: no POSIX shell");
    }

    @Test
    void embed_writesRowsAndNothingElse() throws Exception {
        Run run = run(retort(List.of(), "embed", "--model", model, "a cat", "é 東"));
        assertThat(run.err()).isEmpty();
        assertThat(run.lines()).hasSize(2).allMatch(line -> line.startsWith("{\"index\":"));
        assertThat(run.code()).isZero();
    }

    @Test
    void help_startsNothingNative() throws Exception {
        Run run = run(retort(List.of("-verbose:class"), "embed", "--help"));
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("dev.retort.cli.EmbedCommand", "Usage: retort embed")
                .doesNotContain("org.nd4j.linalg.factory.Nd4j ", "org.bytedeco.javacpp.Loader ", "ai.djl.");
    }

    @Test
    void failure_isOneLineAndCode1() throws Exception {
        Run run = run(retort(List.of(), "embed", "--model", "/no/such", "a"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("retort: /no/such: no such folder: ").hasLineCount(1);
    }

    /** Environment variable DNNL_MAX_CPU_ISA makes the kernels' library believe in a lesser processor. */
    @Test
    void compute_onAProcessorThatCannot_isAFailureOrFallsBack() throws Exception {
        NarrowPrecision.require(Precision.INT8);
        for (List<String> command : List.of(List.of("embed", "a cat"), List.of("similarity", "a cat", "dog"))) {
            List<String> arguments = new ArrayList<>(command);
            arguments.addAll(List.of("--model", model, "--compute", "int8"));
            Run refused = run(onLesserProcessor(arguments));
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.out()).isEmpty();
            assertThat(refused.err())
                    .isEqualTo("retort: --compute int8: cannot be computed here: the processor has no int8 instructions"
                            + " (avx512_vnni or avx_vnni): it has AVX2: use --compute f32, or add --allow-fallback\n");
            arguments.add("--allow-fallback");
            Run fallen = run(onLesserProcessor(arguments));
            assertThat(fallen.code()).isZero();
            assertThat(fallen.out()).isNotEmpty();
            assertThat(fallen.err())
                    .startsWith("retort: warning: precision: INT8 cannot be computed here, computing in F32: ")
                    .hasLineCount(1);
        }
    }

    @Test
    void runtime_onALesserProcessor_saysWhyNot() throws Exception {
        NarrowPrecision.require(Precision.BF16);
        Run run = run(onLesserProcessor(List.of("inspect", "--runtime")));
        assertThat(run.lines())
                .contains(
                        "instructions  AVX2",
                        "bf16          cannot be computed: the processor has no bfloat16 instructions (avx512_bf16): it has"
                                + " AVX2");
        assertThat(run.out()).doesNotContain("ref:");
    }

    private static ProcessBuilder onLesserProcessor(List<String> arguments) {
        ProcessBuilder process = retort(List.of(), arguments.toArray(String[]::new));
        process.environment().put("DNNL_MAX_CPU_ISA", "AVX2");
        return process;
    }

    @Test
    void verbose_saysWhichKernelsComputeOnce() throws Exception {
        Run run = run(retort(List.of(), "similarity", "--verbose", "--model", model, "a cat", "dog"));
        assertThat(run.err().lines().filter(line -> line.startsWith("retort: info: kernels: ")))
                .hasSize(1);
    }

    @Test
    void readerThatHasSeenEnough_endsTheProcessQuietly() throws Exception {
        Path texts = Files.writeString(folder.resolve("texts.txt"), "a cat\n".repeat(4000));
        Path err = folder.resolve("stderr");
        Process process = retort(List.of(), "embed", "--model", model, "--input", texts.toString())
                .redirectError(err.toFile())
                .start();
        try (InputStream out = process.getInputStream()) {
            assertThat(out.read()).isEqualTo('{');
        }
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(141);
        assertThat(err).isEmptyFile();
    }

    @Test
    void fullDisk_isAFailure() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "skipped: no /dev/full");
        Path err = folder.resolve("stderr");
        Process process = retort(List.of(), "embed", "--model", model, "a cat")
                .redirectOutput(full.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(err)
                .content()
                .startsWith("retort: standard output: cannot be written: ")
                .hasLineCount(1);
    }

    @Test
    void interruption_leavesNoFile() throws Exception {
        assumePosix();
        Path output = folder.resolve("out/v.jsonl");
        Files.createDirectory(output.getParent());
        Process process = retort(List.of(), "embed", "--model", model, "--output", output.toString())
                .redirectError(Redirect.DISCARD)
                .start();
        OutputStream typing = process.getOutputStream();
        typing.write("a cat\n".getBytes(StandardCharsets.UTF_8));
        typing.flush();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (children(output.getParent()).isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(children(output.getParent())).hasSize(1).allMatch(name -> name.endsWith(".tmp"));
        // Not SIGINT: where this runs in the background it is ignored, by every child too. The JVM treats both alike.
        new ProcessBuilder("/bin/sh", "-c", "kill -TERM " + process.pid())
                .start()
                .waitFor();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(children(output.getParent())).isEmpty();
    }

    private static List<String> children(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void warningOfALibrary_isALineOfTheProgram() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        Run run = run(retort(List.of("-Dretort.cache=" + file), "inspect", "default"));
        assertThat(run.code()).isZero();
        assertThat(run.err())
                .startsWith("retort: warning: default model: cannot be cached")
                .hasLineCount(1);
    }

    @Test
    void numpy_readsWhatIsWritten() throws Exception {
        Path output = folder.resolve("v.npy");
        Run rows = run(retort(List.of(), "embed", "--model", model, "a cat", "dog", "the mat"));
        run(retort(
                List.of(),
                "embed",
                "--model",
                model,
                "--format",
                "npy",
                "--output",
                output.toString(),
                "a cat",
                "dog",
                "the mat"));
        String script = """
                import json, sys
                import numpy
                array = numpy.load(sys.argv[1], allow_pickle=False)
                rows = [json.loads(line)["embedding"] for line in sys.stdin]
                print(array.dtype, array.shape, array.flags["C_CONTIGUOUS"],
                      bool((array == numpy.array(rows, dtype=numpy.float32)).all()))
                """;
        Path python = Files.writeString(folder.resolve("check.py"), script);
        assumeTrue(hasNumpy(), "skipped: no python3 with numpy");
        Process process = new ProcessBuilder("python3", python.toString(), output.toString()).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(rows.out().getBytes(StandardCharsets.UTF_8));
        }
        try (BufferedReader answer = process.inputReader()) {
            assertThat(answer.readLine()).isEqualTo("float32 (3, 12) True True");
        }
    }

    private static boolean hasNumpy() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("python3", "-c", "import numpy")
                    .redirectError(Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
