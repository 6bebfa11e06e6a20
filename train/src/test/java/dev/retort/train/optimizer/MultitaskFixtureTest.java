package dev.retort.train.optimizer;

import static dev.retort.core.TensorAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.core.FixtureTensors;
import dev.retort.core.SharedFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What torch.optim made of the recorded gradients of a two-task network: {@code fixtures/multitask}. */
class MultitaskFixtureTest {

    private static final double RATE = 1e-3;
    private static final double DECAY = 0.01;

    @ParameterizedTest
    @CsvSource({
        "ffn, full, adam",
        "ffn, full, adamw",
        "ffn, frozen-backbone, adam",
        "ffn, frozen-backbone, adamw",
        "linear, full, adam",
        "linear, frozen-backbone, adam",
        "linear, frozen-backbone, adamw"
    })
    void firstStep_recordedGradients_givesTheRecordedParameters(String kind, String scenario, String optimizer) {
        FixtureTensors expected = fixture(kind + "-" + scenario + "-" + optimizer + "-1.safetensors");
        Map<String, Variable> trained = new LinkedHashMap<>(parameters(kind));
        trained.keySet().retainAll(expected.names());
        assertThat(trained).hasSameSizeAs(expected.names());
        boolean decays = optimizer.equals("adamw");
        try (Adam adam = new Adam(decays ? AdamSettings.adamW() : AdamSettings.adam(), 2)) {
            ParameterGroup all = ParameterGroup.of("all", List.copyOf(trained.values()), RATE);
            adam.update(
                    all.withWeightDecay(decays ? DECAY : 0, MultitaskFixtureTest::decays), gradients(kind, trained));
        }
        trained.forEach(
                (name, parameter) -> assertThat(parameter.value()).as(name).isCloseTo(expected.float64(name), 1e-12));
    }

    /** The fixture's own rule. */
    private static boolean decays(Variable parameter) {
        return !parameter.name().endsWith("bias")
                && !parameter.name().toLowerCase(Locale.ROOT).contains("norm");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffn", "linear"})
    void gradientNorm_recordedGradients_givesTheRecordedNormAndFactor(String kind) throws IOException {
        JsonNode recorded = new ObjectMapper()
                .readTree(SharedFolder.require("fixtures/multitask/multitask.json")
                        .toFile())
                .get(kind)
                .get("clipping at norm 1.0, full, adam");
        Map<String, Variable> parameters = parameters(kind);
        try (Adam adam = new Adam(AdamSettings.adam(), 2)) {
            List<ParameterGroup> groups = List.of(ParameterGroup.of("all", List.copyOf(parameters.values()), RATE));
            double norm = adam.gradientNorm(groups, gradients(kind, parameters));
            assertThat(norm)
                    .isCloseTo(
                            recorded.get("gradient_norm_before_clipping_at_each_step")
                                    .get(0)
                                    .asDouble(),
                            within(1e-11));
            assertThat(GradientClipping.toNorm(1).factor(norm))
                    .isCloseTo(recorded.get("coefficient_at_step_1").asDouble(), within(1e-12));
        }
    }

    private static Gradients gradients(String kind, Map<String, Variable> parameters) {
        FixtureTensors recorded = fixture(kind + "-gradients.safetensors");
        GivenGradients given = new GivenGradients();
        parameters.forEach((name, parameter) -> given.dense(parameter, recorded.float64(name)));
        return given.gradients();
    }

    private static Map<String, Variable> parameters(String kind) {
        FixtureTensors backbone =
                FixtureTensors.read(SharedFolder.require("fixtures/tiny-distilbert/model.safetensors"));
        FixtureTensors heads = fixture("heads-" + kind + ".safetensors");
        Map<String, Variable> parameters = new LinkedHashMap<>();
        for (String name : backbone.names()) {
            parameters.put("backbone." + name, Variable.parameter("backbone." + name, backbone.float64(name)));
        }
        for (String name : heads.names()) {
            parameters.put(name, Variable.parameter(name, heads.float64(name)));
        }
        return parameters;
    }

    private static FixtureTensors fixture(String name) {
        Path file = SharedFolder.require("fixtures/multitask/" + name);
        return FixtureTensors.read(file);
    }
}
