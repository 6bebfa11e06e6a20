package dev.retort.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.core.NativeLibraryException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class FailuresTest {

    private static String reported(Throwable failure) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code = new Failures(new PrintStream(bytes, true, StandardCharsets.UTF_8), false).handle(failure);
        assertThat(code).isEqualTo(1);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void handle_fileTrouble_namesTheFileAndTheTrouble() {
        assertThat(reported(new NoSuchFileException("a.txt"))).isEqualTo("retort: a.txt: no such file\n");
        assertThat(reported(new NoSuchFileException("a", null, "no tokenizer: add one")))
                .isEqualTo("retort: a: no tokenizer: add one\n");
        assertThat(reported(new AccessDeniedException("a.txt"))).isEqualTo("retort: a.txt: permission denied\n");
        assertThat(reported(new UncheckedIOException(new FileSystemException("a", null, "No space left on device"))))
                .isEqualTo("retort: a: No space left on device\n");
    }

    @Test
    void handle_fileTroubleThatSaysMore_isNotCutToItsCause() {
        assertThat(reported(new UncheckedIOException("m.jsonl: cannot be written: full", new IOException("full"))))
                .isEqualTo("retort: m.jsonl: cannot be written: full\n");
        assertThat(reported(new FileAlreadyExistsException("a")))
                .isEqualTo("retort: a: is there already: give another name\n");
    }

    @Test
    void handle_severalLines_areOne() {
        assertThat(reported(new IOException("a:\n  b\r\n\nc\n"))).isEqualTo("retort: a: b c\n");
    }

    @Test
    void handle_memory_saysWhatToDo() {
        assertThat(reported(new OutOfMemoryError("Java heap space")))
                .startsWith("retort: memory: exhausted: Java heap space: heap limit ")
                .contains("RETORT_JAVA_OPTS=-Xmx4g")
                .hasLineCount(1);
    }

    @Test
    void handle_memory_isFoundAmongTheCauses() {
        assertThat(reported(new NativeLibraryException("tensors", new OutOfMemoryError("heap"), "use glibc")))
                .startsWith("retort: memory: exhausted: heap: ");
    }

    @Test
    void handle_nativeLibraries_sayWhatToDo() {
        assertThat(reported(new NativeLibraryException("tokenizer", new UnsatisfiedLinkError("no x"), "use glibc")))
                .startsWith("retort: tokenizer: cannot be loaded: platform ")
                .endsWith("use glibc\n");
        assertThat(reported(new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnind4jcpu"))))
                .startsWith("retort: native library: does not load: UnsatisfiedLinkError: no jnind4jcpu: os=")
                .contains("Retort runs on")
                .hasLineCount(1);
    }

    @Test
    void handle_interruption_isNoError() {
        assertThat(reported(new CancellationException("encode: interrupted"))).isEqualTo("retort: interrupted\n");
    }

    @Test
    void handle_anythingElse_asksForTheTrace() {
        assertThat(reported(new IndexOutOfBoundsException("index 3")))
                .isEqualTo(
                        "retort: unexpected: java.lang.IndexOutOfBoundsException: index 3: run with --verbose for the"
                                + " trace and report it\n");
        assertThat(reported(new IllegalStateException()))
                .startsWith("retort: unexpected: java.lang.IllegalStateException");
    }
}
