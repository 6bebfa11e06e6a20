package dev.retort.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.retort.autograd.fusion.Backend;
import dev.retort.core.Precision;
import org.junit.jupiter.api.Test;

class RetortTest {

    private final Diagnostics diagnostics = Retort.diagnostics();

    @Test
    void version_isTheBuilds() {
        assertThat(Retort.version()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void diagnostics_sayWhatRuns() {
        assertThat(diagnostics.retort()).isEqualTo(Retort.version());
        assertThat(diagnostics.java()).endsWith(System.getProperty("java.runtime.version"));
        assertThat(diagnostics.system()).endsWith(System.getProperty("os.arch"));
        assertThat(diagnostics.processor()).isNotBlank();
        assertThat(diagnostics.processors()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(diagnostics.threads()).isEqualTo(LoadSettings.defaults().threads());
        assertThat(diagnostics.tensors()).matches("ND4J \\d.*, \\w+Backend, \\w+");
    }

    @Test
    void diagnostics_agreeWithTheBackendThatModelsUse() {
        Backend backend = Backend.find();

        assertThat(diagnostics.kernels()).isEqualTo(backend.name());
        assertThat(diagnostics.isFused()).isEqualTo(backend != Backend.definitions());
        assertThat(diagnostics.instructionSet()).isEqualTo(backend.instructionSet());
        assertThat(diagnostics.precisions())
                .extracting(Diagnostics.OfPrecision::precision)
                .containsExactly(Precision.values());
        for (Diagnostics.OfPrecision each : diagnostics.precisions()) {
            assertThat(each.unsupportedReason()).isEqualTo(backend.unsupportedReason(each.precision()));
            assertThat(each.kernels().isEmpty()).isEqualTo(!diagnostics.isFused() || each.unsupportedReason() != null);
        }
    }
}
