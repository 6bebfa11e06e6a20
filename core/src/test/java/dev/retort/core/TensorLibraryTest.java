package dev.retort.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.BaseNDArrayFactory;
import org.nd4j.linalg.factory.Nd4j;

class TensorLibraryTest {

    @Test
    void require_onThisMachine_loads() {
        assertThatCode(TensorLibrary::require).doesNotThrowAnyException();
    }

    @Test
    void require_applicationHasSetNoLimit_liftsJavaCppsLimitOnTheProcess() {
        TensorLibrary.require();

        assertThat(System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes")).isEqualTo("0");
    }

    @Test
    void require_libraryOfAnotherLibc_saysPlatformCauseAndRemedy() {
        assertThatThrownBy(() -> TensorLibrary.require(() -> {
                    throw new ExceptionInInitializerError(
                            new UnsatisfiedLinkError("Error loading shared library ld-linux-x86-64.so.2"));
                }))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageStartingWith(
                        "tensor library: nd4jcpu of org.nd4j:nd4j-native:1.0.0-M2.1: cannot be loaded: platform ")
                .hasMessageContaining(System.getProperty("os.arch"))
                .hasMessageContaining("ld-linux-x86-64.so.2")
                .hasMessageContaining("musl")
                .hasMessageContaining("-Djavacpp.platform");
    }

    @Test
    void require_secondAttemptAfterAFailure_saysSoToo() {
        assertThatThrownBy(() -> TensorLibrary.require(() -> {
                    throw new NoClassDefFoundError("Could not initialize class org.nd4j.linalg.factory.Nd4j");
                }))
                .isInstanceOf(NativeLibraryException.class)
                .hasMessageContaining("Could not initialize class");
    }

    @Test
    void require_threadThatDoesNotSeeTheLibrary_usesItsClassLoader() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader usual = thread.getContextClassLoader();
        List<ClassLoader> seen = new ArrayList<>();
        try (URLClassLoader blind = new URLClassLoader(new URL[0], null)) {
            thread.setContextClassLoader(blind);
            TensorLibrary.require(() -> seen.add(thread.getContextClassLoader()));
            assertThat(thread.getContextClassLoader()).isSameAs(blind);
        } finally {
            thread.setContextClassLoader(usual);
        }
        assertThat(seen).containsExactly(Nd4j.class.getClassLoader());
    }

    /** Two threads of a start waited for each other: one looked functions up in all libraries, the other loaded one. */
    @Test
    void require_applicationWantsNd4jsIntroduction_looksUpNoFunctionsAllTheSame() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.nd4j.log.initialization=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Loading.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).isZero();
        assertThat(printed.lines()).containsSequence("functions looked up: false", "property: true");
    }

    /** A process that loads the library. */
    static final class Loading {

        public static void main(String[] args) throws ReflectiveOperationException {
            TensorLibrary.require();
            Field blas = BaseNDArrayFactory.class.getDeclaredField("blas");
            blas.setAccessible(true);
            System.out.println("functions looked up: " + (blas.get(Nd4j.factory()) != null));
            System.out.println("property: " + System.getProperty("org.nd4j.log.initialization"));
        }
    }
}
