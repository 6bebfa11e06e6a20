package dev.retort.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.retort.autograd.Gradients;
import dev.retort.autograd.Variable;
import dev.retort.autograd.fusion.Fusions;
import dev.retort.core.NativeThreads;
import dev.retort.core.TensorAssert;
import dev.retort.model.Mode;
import dev.retort.model.classification.MultiTaskModel;
import dev.retort.weights.MultiTaskFixture;
import dev.retort.weights.MultiTaskFixture.Kind;
import dev.retort.weights.RecordedTensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Five steps of a two-task network against PyTorch's, forward, backward and update: {@code fixtures/multitask}. */
class MultiTaskTrainingTest {

    private static final Fusions FUSIONS = Fusions.definitions();
    private static final int STEPS = 5;
    private static final double RATE = 1e-3;
    private static final double NO_CLIPPING = Double.POSITIVE_INFINITY;

    /** Losses and norms before each step, and the loss at the end. */
    private record Course(MultiTaskModel model, List<Double> losses, List<Double> norms) {}

    @BeforeAll
    static void computeOnThisThread() {
        NativeThreads.oneForTheCallingThread(); // tiny tensors: a team of threads would only wait for each other
    }

    @ParameterizedTest
    @CsvSource({
        "FFN, full, adam",
        "FFN, full, adamw",
        "FFN, frozen-backbone, adam",
        "FFN, frozen-sentiment-head, adam",
        "FFN, frozen-embeddings-and-layer-0, adamw",
        "LINEAR, full, adam",
        "LINEAR, frozen-backbone, adamw"
    })
    void fiveSteps_float64_giveTheRecordedParametersLossesAndNorms(Kind kind, String scenario, String optimizer)
            throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind);
                RecordedTensors recorded = fixture.recorded(scenario + "-" + optimizer + "-5")) {
            Course course = train(fixture, DataType.DOUBLE, scenario, optimizer, NO_CLIPPING);
            JsonNode figures = fixture.figures().path("scenarios").path(scenario + "/" + optimizer);
            assertNumbers(course.losses, figures.path("total_loss_before_each_step_and_at_the_end"));
            assertNumbers(course.norms, figures.path("gradient_norm_at_each_step"));
            assertThat(recorded.names()).as("trained parameters").hasSameSizeAs(course.model.trainedParameters());
            for (String name : recorded.names()) {
                assertThat(RecordedTensors.difference(
                                course.model.value(fixture.parameter(name)), recorded.doubles(name)))
                        .as(name)
                        .isLessThanOrEqualTo(1e-9);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void fiveSteps_clippedInFloat64_giveTheRecordedParameters(Kind kind) throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind);
                RecordedTensors recorded = fixture.recorded("clipped-adam-5")) {
            Course course = train(fixture, DataType.DOUBLE, "full", "adam", 1);
            JsonNode figures = fixture.figures().path("clipping at norm 1.0, full, adam");
            assertNumbers(course.losses, figures.path("total_loss_before_each_step_and_at_the_end"));
            assertNumbers(course.norms, figures.path("gradient_norm_before_clipping_at_each_step"));
            for (String name : recorded.names()) {
                assertThat(RecordedTensors.difference(
                                course.model.value(fixture.parameter(name)), recorded.doubles(name)))
                        .as(name)
                        .isLessThanOrEqualTo(1e-9);
            }
        }
    }

    /**
     * In float32, with the exceptions that the fixture names: the gradient of a key's bias is zero but for rounding, by which Adam divides,
     * and the same can happen to a few other elements.
     */
    @ParameterizedTest
    @CsvSource({"FFN, full, adam", "LINEAR, full, adam"})
    void fiveSteps_float32_giveTheRecordedParametersButForAFew(Kind kind, String scenario, String optimizer)
            throws IOException {
        try (MultiTaskFixture fixture = MultiTaskFixture.open(kind);
                RecordedTensors recorded = fixture.recorded(scenario + "-" + optimizer + "-5")) {
            Course course = train(fixture, DataType.FLOAT, scenario, optimizer, NO_CLIPPING);
            int strays = 0;
            for (String name : recorded.names()) {
                String parameter = fixture.parameter(name);
                if (parameter.endsWith("keyProjection.bias")) {
                    continue;
                }
                double[] actual = TensorAssert.elements(course.model.value(parameter));
                double[] expected = recorded.doubles(name);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(actual[i]).as(name).isCloseTo(expected[i], within(STEPS * RATE));
                    strays += Math.abs(actual[i] - expected[i]) > 1e-5 ? 1 : 0;
                }
            }
            assertThat(strays).as("elements that differ by more than 1e-5").isLessThanOrEqualTo(8);
        }
    }

    private static Course train(
            MultiTaskFixture fixture, DataType type, String scenario, String optimizer, double maxNorm)
            throws IOException {
        MultiTaskModel model = fixture.model(type, MultiTaskFixture.SCENARIOS.get(scenario));
        boolean decoupled = optimizer.equals("adamw");
        List<ParameterGroup> groups = ParameterGroup.of(
                        "all", List.copyOf(model.parameters().values()), RATE)
                .withWeightDecay(decoupled ? 0.01 : 0, ParameterGroup::decaysWithTables);
        List<Double> losses = new ArrayList<>();
        List<Double> norms = new ArrayList<>();
        try (Adam adam = new Adam(decoupled ? AdamSettings.adamW() : AdamSettings.adam(), 2)) {
            for (int step = 0; step < STEPS; step++) {
                Variable loss = loss(fixture, model);
                Gradients gradients = loss.backward();
                double norm = adam.gradientNorm(groups, gradients);
                adam.update(groups, gradients, new GradientClipping(maxNorm, true).factor(norm));
                losses.add(loss.value().getDouble(0));
                norms.add(norm);
            }
        }
        losses.add(loss(fixture, model).value().getDouble(0));
        return new Course(model, losses, norms);
    }

    private static Variable loss(MultiTaskFixture fixture, MultiTaskModel model) {
        List<Variable> logits = model.forward(fixture.tokens(), FUSIONS, Mode.INFERENCE);
        return fixture.losses(logits, "plain", FUSIONS).stream()
                .reduce(Variable::add)
                .orElseThrow();
    }

    private static void assertNumbers(List<Double> actual, JsonNode expected) {
        assertThat(actual).hasSize(expected.size());
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i))
                    .as("number %d", i)
                    .isCloseTo(expected.get(i).doubleValue(), within(1e-9));
        }
    }
}
