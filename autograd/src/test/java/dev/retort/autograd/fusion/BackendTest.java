package dev.retort.autograd.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.retort.autograd.Variable;
import dev.retort.core.Precision;
import dev.retort.core.RandomTensors;
import dev.retort.core.Workspace;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackendTest {

    private final Variable matrix = Variable.constant("matrix", RandomTensors.normal(1, 3, 5));

    @Test
    void find_noOtherBackendOnTheClassPath_isTheDefinitions() {
        Backend backend = Backend.find();

        assertThat(backend).isSameAs(Backend.definitions());
        assertThat(backend.name()).isEqualTo("definitions");
        assertThat(backend.unsupportedReason()).isNull();
    }

    @Test
    void find_backendOfTheThreadsClassLoaderOnly_isNotSeen(@TempDir Path classes) throws IOException {
        Path services = Files.createDirectories(classes.resolve("META-INF/services"));
        Files.writeString(services.resolve(Backend.class.getName()), "absent.Backend");
        Thread thread = Thread.currentThread();
        ClassLoader usual = thread.getContextClassLoader();
        try (URLClassLoader other =
                new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
            thread.setContextClassLoader(other);

            assertThat(Backend.find()).isSameAs(Backend.definitions());
        } finally {
            thread.setContextClassLoader(usual);
        }
    }

    @Test
    void prepare_float32_keepsMatrixAndBias() {
        Variable bias = Variable.constant("bias", RandomTensors.normal(2, 3));

        Weight weight = Backend.definitions().prepare(matrix, bias, Precision.F32);

        assertThat(weight.matrix()).isSameAs(matrix);
        assertThat(weight.bias()).isSameAs(bias);
        assertThat(weight.outputSize()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16", "INT8"})
    void prepare_reducedPrecision_isRejectedWithTheRemedy(Precision precision) {
        assertThatThrownBy(() -> Backend.definitions().prepare(matrix, null, precision))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got " + precision)
                .hasMessageContaining("class path");
    }

    @Test
    void open_anyWorkspace_givesTheDefinitions() {
        try (Workspace workspace = Workspace.open()) {
            assertThat(Backend.definitions().open(workspace)).isSameAs(Fusions.definitions());
        }
    }
}
