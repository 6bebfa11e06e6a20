package dev.retort.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.retort.core.NativeLibraryException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NativeTokenizerTest {

    private static final byte[] JSON = "{}".getBytes(UTF_8);
    private static final List<String> PROPERTIES = List.of("ai.djl.offline", "OPT_OUT_TRACKING");

    private final List<String> before = new ArrayList<>();

    @BeforeEach
    void clearProperties() {
        PROPERTIES.forEach(name -> before.add(System.clearProperty(name)));
    }

    @AfterEach
    void restoreProperties() {
        for (int i = 0; i < PROPERTIES.size(); i++) {
            if (before.get(i) == null) {
                System.clearProperty(PROPERTIES.get(i));
            } else {
                System.setProperty(PROPERTIES.get(i), before.get(i));
            }
        }
    }

    @Test
    void open_libraryThatDoesNotLoad_saysWhatWasTriedAndWhatToDo() {
        var cause = new UnsatisfiedLinkError("libtokenizers.so: ld-linux-x86-64.so.2: no such file");

        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> NativeTokenizer.open(JSON, "tokenizer.json", json -> {
                    throw new EngineException("Failed to load Huggingface native library.", cause);
                }))
                .withRootCauseInstanceOf(UnsatisfiedLinkError.class)
                .withMessageStartingWith("tokenizer library: " + System.mapLibraryName("tokenizers")
                        + " of ai.djl.huggingface:tokenizers: cannot be loaded: platform "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .withMessageContaining("ld-linux-x86-64.so.2: no such file")
                .withMessageContaining("RUST_LIBRARY_PATH")
                .withMessageContaining("DJL_CACHE_DIR");
    }

    @Test
    void open_platformThatTheLibraryDoesNotKnow_isTheSameError() {
        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> NativeTokenizer.open(JSON, "tokenizer.json", json -> {
                    throw new AssertionError("Unsupported platform: AIX");
                }))
                .withMessageContaining("Unsupported platform: AIX");
    }

    @Test
    void open_contentsThatTheLibraryRefuses_namesTheFile() {
        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> NativeTokenizer.open(JSON, "some/tokenizer.json"))
                .withMessageStartingWith("some/tokenizer.json: not a tokenizer: ");
    }

    @Test
    void open_byDefault_isOfflineForItsDurationOnly() {
        assertThat(propertiesWhileOpening()).containsExactly("true", "true");
        assertThat(PROPERTIES).extracting(System::getProperty).containsOnlyNulls();
    }

    @Test
    void open_propertyOfTheUser_stays() {
        System.setProperty("ai.djl.offline", "false");

        assertThat(propertiesWhileOpening()).containsExactly("false", "true");
        assertThat(System.getProperty("ai.djl.offline")).isEqualTo("false");
    }

    private static List<String> propertiesWhileOpening() {
        List<String> seen = new ArrayList<>();
        assertThatExceptionOfType(MalformedTokenizerException.class)
                .isThrownBy(() -> NativeTokenizer.open(JSON, "tokenizer.json", json -> {
                    PROPERTIES.forEach(name -> seen.add(System.getProperty(name)));
                    throw new IllegalArgumentException("seen");
                }));
        return seen;
    }

    @Test
    void open_threadThatDoesNotSeeTheLibrary_usesItsClassLoader() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader usual = thread.getContextClassLoader();
        List<ClassLoader> seen = new ArrayList<>();
        try (URLClassLoader blind = new URLClassLoader(new URL[0], null)) {
            thread.setContextClassLoader(blind);
            assertThatExceptionOfType(MalformedTokenizerException.class)
                    .isThrownBy(() -> NativeTokenizer.open(JSON, "tokenizer.json", json -> {
                        seen.add(thread.getContextClassLoader());
                        throw new IllegalArgumentException("seen");
                    }));
            assertThat(thread.getContextClassLoader()).isSameAs(blind);
        } finally {
            thread.setContextClassLoader(usual);
        }
        assertThat(seen).containsExactly(HuggingFaceTokenizer.class.getClassLoader());
    }
}
